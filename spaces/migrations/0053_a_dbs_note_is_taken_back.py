from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('spaces', '0052_a_search_may_be_for_any_time_of_a_day'),
    ]

    operations = [
        migrations.AddField(
            model_name='peoplecheck',
            name='taken_back_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
