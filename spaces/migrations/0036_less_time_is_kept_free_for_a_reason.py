import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

# What is over or still being typed counts in full: nobody takes time from it.
USED_UNTIL = """
UPDATE spaces_occupancy SET used_until = ends_at;
UPDATE spaces_occupancy AS taken
SET used_until = taken.ends_at - booking.turnaround_minutes * interval '1 minute'
FROM spaces_booking AS booking
WHERE booking.id = taken.booking_id AND taken.status IN ('pending', 'confirmed');
"""


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("spaces", "0035_a_late_cancellation_stays_late"),
    ]

    operations = [
        migrations.AddField(
            model_name='occupancy',
            name='used_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(USED_UNTIL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='occupancy',
            name='used_until',
            field=models.DateTimeField(),
        ),
        migrations.AddConstraint(
            model_name='occupancy',
            constraint=models.CheckConstraint(condition=Q(used_until__lte=F("ends_at")), name='a_room_is_taken_for_the_whole_use'),
        ),
        migrations.AddField(
            model_name='booking',
            name='less_time_free',
            field=models.CharField(blank=True, help_text='Why less time is kept free beside it than the space asks for; empty if it is not.', max_length=400),
        ),
        migrations.AddField(
            model_name='booking',
            name='less_time_free_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='hold',
            name='less_time_free',
            field=models.CharField(blank=True, help_text='Why staff keep less time free beside it than the space asks for.', max_length=400),
        ),
        migrations.AddConstraint(
            model_name='booking',
            constraint=models.CheckConstraint(condition=Q(less_time_free="", less_time_free_by__isnull=True) | (~Q(less_time_free="") & Q(less_time_free_by__isnull=False)), name='keeping_less_time_free_has_a_person_and_a_reason'),
        ),
    ]
