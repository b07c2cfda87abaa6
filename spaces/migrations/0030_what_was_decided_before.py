from django.db import migrations


class Migration(migrations.Migration):
    """Until now one word was enough: that of those who run the site, or who stood in for them."""

    dependencies = [("spaces", "0029_everybody_who_must_agree")]

    operations = [
        migrations.RunSQL(
            """
            INSERT INTO spaces_decision (
                created_at, updated_at, booking_id, step, asked_at, due_on, is_automatic,
                outcome, decided_by_id, decided_at
            )
            SELECT now(), now(), id, 'site', requested_at,
                   LEAST((requested_at AT TIME ZONE 'Europe/London')::date + 7,
                         (starts_at AT TIME ZONE 'Europe/London')::date), false,
                   CASE state WHEN 'requested' THEN '' WHEN 'declined' THEN 'declined'
                              ELSE 'approved' END,
                   CASE WHEN state <> 'requested' THEN decided_by_id END,
                   CASE WHEN state <> 'requested' THEN decided_at END
            FROM spaces_booking
            WHERE state IN ('requested', 'approved', 'confirmed', 'declined')
            """,
            migrations.RunSQL.noop,
        ),
    ]
