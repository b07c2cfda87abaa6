from datetime import timedelta

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("anchors", "0002_a_name_may_be_private")]

    operations = [
        migrations.RemoveConstraint("mandate", "a_mandate_ends_after_it_starts"),
        migrations.AddConstraint(
            "mandate",
            models.CheckConstraint(
                name="a_mandate_does_not_end_before_it_starts",
                condition=models.Q(ends_on__isnull=True)
                | models.Q(ends_on__gte=models.F("starts_on") - timedelta(days=1)),
                violation_error_message="A mandate cannot end before the day it starts.",
            ),
        ),
    ]
