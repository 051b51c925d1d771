"""A city region, its local authorities, its objectives and its sectors."""

from django.db import models


class Region(models.Model):
    """A combined authority that runs competitions; everything an officer does is in one."""

    code = models.CharField(max_length=9, unique=True, help_text="ONS code, for example E47000007")
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=20)
    slug = models.SlugField(unique=True)
    contact_email = models.EmailField(
        blank=True, default="", db_default="", help_text="Where letters say to write to."
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.short_name


class LocalAuthority(models.Model):
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="local_authorities")
    code = models.CharField(max_length=9, unique=True, help_text="ONS code")
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "local authorities"

    def __str__(self) -> str:
        return self.name


class Objective(models.Model):
    """One of the region's published objectives, which each call serves."""

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="objectives")
    code = models.SlugField()
    name = models.CharField(max_length=80)
    aim = models.CharField(max_length=200)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "name"]
        constraints = [
            models.UniqueConstraint(fields=["region", "code"], name="objective_code_in_region")
        ]

    def __str__(self) -> str:
        return self.name


class Sector(models.Model):
    """A sector of the economy; a list that officers edit."""

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="sectors")
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["region", "slug"], name="sector_slug_in_region")
        ]

    def __str__(self) -> str:
        return self.name
