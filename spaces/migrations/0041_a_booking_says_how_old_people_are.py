import django.contrib.postgres.fields
from django.db import migrations, models

AGES = [
    ("under_5", "Under 5"),
    ("5_to_11", "5 to 11"),
    ("12_to_17", "12 to 17"),
    ("18_to_25", "18 to 25"),
    ("26_to_64", "26 to 64"),
    ("65_and_over", "65 and over"),
    ("under_18", "Under 18 (which ages was not asked)"),
    ("18_and_over", "18 and over (which ages was not asked)"),
]


class Migration(migrations.Migration):

    dependencies = [
        ("spaces", "0040_no_absurd_use"),
    ]

    operations = [
        # Whoever left the box empty said that nobody under 18 comes; more was not asked.
        migrations.AddField(
            model_name="booking",
            name="ages",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=AGES, max_length=11),
                default=["18_and_over"],
                size=None,
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(
            "UPDATE spaces_booking SET ages = ARRAY['under_18'] WHERE has_children",
            "UPDATE spaces_booking SET has_children = true"
            " WHERE ages && ARRAY['under_5', '5_to_11', '12_to_17', 'under_18']::varchar(11)[]",
        ),
        migrations.RemoveField(model_name="booking", name="has_children"),
        migrations.AlterField(
            model_name="booking",
            name="ages",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=AGES, max_length=11),
                default=list,
                help_text="The youngest first.",
                size=None,
                verbose_name="ages of those who come",
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ages__contained_by=[value for value, _words in AGES], ages__len__gt=0
                ),
                name="a_booking_says_how_old_those_are_who_come",
                violation_error_message="Say how old the people are who will come.",
            ),
        ),
    ]
