from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('spaces', '0051_searches_keep_how_many_wheelchairs'),
    ]

    operations = [
        migrations.AlterField(
            model_name='unmetdemand',
            name='part_of_day',
            field=models.CharField(blank=True, choices=[('morning', 'Morning'), ('afternoon', 'Afternoon'), ('evening', 'Evening'), ('any', 'Any time')], max_length=9),
        ),
    ]
