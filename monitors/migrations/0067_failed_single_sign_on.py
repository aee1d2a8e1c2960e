from django.db import migrations, models

STEPS = [
    ("password", "Password"),
    ("second factor", "Second Factor"),
    ("provider", "Sso Provider"),
    ("token", "Sso Token"),
    ("account", "Sso Account"),
]


class Migration(migrations.Migration):
    dependencies = [("monitors", "0046_proof_checks")]

    operations = [
        migrations.RemoveConstraint("failedsignins", "failed_sign_ins_once_a_minute"),
        migrations.AddField(
            "failedsignins", "subject", models.CharField(blank=True, default="", max_length=100)
        ),
        migrations.AlterField("failedsignins", "step", models.CharField(choices=STEPS, max_length=13)),
        migrations.AddConstraint(
            "failedsignins",
            models.UniqueConstraint(
                fields=("account_id", "address", "minute", "step", "subject"),
                name="failed_sign_ins_once_a_minute",
            ),
        ),
    ]
