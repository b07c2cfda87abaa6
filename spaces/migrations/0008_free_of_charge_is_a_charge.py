from django.db import migrations


def say_what_is_free(apps, schema_editor):
    """A space that was free and said no more is free by a charge of nothing.

    What a space says about its price in words no machine can turn into charges: the words stay, and
    until somebody enters the charges its price counts as not known.
    """
    Charge = apps.get_model("spaces", "Charge")
    Space = apps.get_model('spaces', 'Space')
    Charge.objects.bulk_create(
        Charge(site_id=space.site_id, space=space, what='hire', per='use', pence=0)
        for space in Space.objects.filter(is_free=True, price_text='').order_by('pk')
    )


class Migration(migrations.Migration):

    dependencies = [
        ("spaces", "0007_what_a_space_costs"),
    ]

    operations = [
        migrations.RunPython(say_what_is_free, migrations.RunPython.noop),
    ]
