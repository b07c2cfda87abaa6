from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('spaces', '0037_a_site_has_a_street_and_a_postcode'),
    ]

    operations = [
        migrations.AddField(
            model_name='booking',
            name='why_not_free',
            field=models.CharField(blank=True, help_text='Why it pays all the same, for the group to read; empty if it was not said no to.', max_length=400),
        ),
        migrations.AddConstraint(
            model_name='booking',
            constraint=models.CheckConstraint(condition=models.Q(('why_not_free', ''), models.Q(('is_free_use_granted', False), ('is_free_use_granted__isnull', False)), _connector='OR'), name='only_a_no_to_free_use_has_a_reason'),
        ),
    ]
