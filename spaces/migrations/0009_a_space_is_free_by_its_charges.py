from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("spaces", "0008_free_of_charge_is_a_charge"),
    ]

    operations = [
        migrations.RemoveField(
            model_name='space',
            name='is_free',
        ),
    ]
