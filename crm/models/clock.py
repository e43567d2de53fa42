"""The shift of the demo's and the tests' clock."""

from django.db import models


class ClockShift(models.Model):
    """One row that moves `db_now()` for every process; production ignores it, and is not ready while it exists."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    shift_seconds = models.FloatField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="clock_shift_is_one_row")]

    def __str__(self) -> str:
        return f"{self.shift_seconds} s"
