from django.db import migrations, models

# Groups said what is known of them when they registered. Names that were private stay so.
CONFIRM = """
UPDATE spaces_hirer SET confirmed_on = (created_at AT TIME ZONE 'Europe/London')::date;
UPDATE anchors_organisation SET is_private = true
  WHERE id IN (SELECT organisation_id FROM spaces_hirer WHERE is_sensitive);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("spaces", "0021_a_group_is_invited"),
        ("anchors", "0002_a_name_may_be_private"),
    ]

    operations = [
        migrations.AddField(
            "hirer",
            "deputy_name",
            models.CharField(
                blank=True,
                default="",
                help_text="Who answers when the responsible adult is away.",
                max_length=120,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "hirer",
            "deputy_phone",
            models.CharField(blank=True, default="", max_length=20),
            preserve_default=False,
        ),
        migrations.AddField("hirer", "confirmed_on", models.DateField(null=True)),
        migrations.RunSQL(CONFIRM, migrations.RunSQL.noop),
        migrations.AlterField(
            "hirer",
            "confirmed_on",
            models.DateField(help_text="When the group last said that its facts are right."),
        ),
    ]
