from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("spaces", "0005_spaces_for_patient_care_are_marked"),
    ]

    operations = [
        migrations.AddField(
            model_name='space',
            name='good_for',
            field=models.CharField(blank=True, help_text='What groups use it for, to go on after “Good for”: yoga, dance and exercise classes.', max_length=200),
        ),
    ]
