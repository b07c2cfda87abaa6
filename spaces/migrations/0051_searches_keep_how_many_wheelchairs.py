from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('spaces', '0050_a_part_of_an_offer_is_kept_as_typed'),
    ]

    operations = [
        migrations.AddField(
            model_name='unmetdemand',
            name='wheelchairs',
            field=models.CharField(blank=True, choices=[('1-2', '1 or 2 wheelchairs'), ('3-5', '3 to 5 wheelchairs'), ('6+', '6 wheelchairs or more')], help_text='How many there must be place for.', max_length=3),
        ),
    ]
