from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [("anchors", "0001_initial")]

    operations = [
        migrations.AddField(
            "organisation",
            "is_private",
            models.BooleanField(
                default=False,
                editable=False,
                help_text="Its name is for its own people and programme staff; others never learn"
                " that it is here.",
            ),
        ),
        migrations.AlterField("organisation", "name", models.CharField(max_length=160)),
        migrations.AlterModelOptions("organisation", {"default_manager_name": "shown"}),
        migrations.AlterModelManagers("organisation", [("shown", models.Manager())]),
        migrations.AddConstraint(
            "organisation",
            models.UniqueConstraint(
                Lower("name"),
                condition=models.Q(is_private=False),
                name="a_name_is_used_once_unless_it_is_private",
                violation_error_message="There is an organisation with this name already.",
            ),
        ),
    ]
