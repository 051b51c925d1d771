"""People and the roles that they hold in a region."""

from typing import Any

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from marketplace.regions.models import Region


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        if not email:
            raise ValueError("a person needs an e-mail address")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by an e-mail address; case does not matter in it."""

    email = models.EmailField("e-mail address")
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    is_demonstration = models.BooleanField(default=False, help_text="invented person")
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        ordering = ["email"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        # In small letters, whoever wrote it: allauth looks an address up by them.
        self.email = self.email.lower()
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email

    @property
    def first_name(self) -> str:
        """For Wagtail's greeting; the project keeps one name, as people write it."""
        return self.get_short_name()

    @property
    def last_name(self) -> str:
        return self.name.partition(" ")[2]


class Role(models.TextChoices):
    OFFICER = "officer", "Officer"
    FINANCE = "finance", "Finance"
    JUDGE = "judge", "Judge"
    BOARD = "board", "Board member"
    SITE_EDITOR = "editor", "Site editor"
    PLATFORM = "platform", "Platform administrator"


SITE_ROLES = frozenset({Role.SITE_EDITOR, Role.PLATFORM})
"""Held in no region: over what all regions of an installation share."""

ADMIN_ROLES = frozenset({Role.OFFICER, Role.SITE_EDITOR, Role.PLATFORM})
"""Whoever holds one works in Wagtail's admin."""

SECOND_FACTOR_ROLES = frozenset({Role.FINANCE, Role.JUDGE}) | ADMIN_ROLES


class RegionRole(models.Model):
    """One role of one person in one region, or in none if the role is one of `SITE_ROLES`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="region_roles")
    region = models.ForeignKey(
        Region, null=True, blank=True, on_delete=models.PROTECT, related_name="people"
    )
    role = models.CharField(max_length=10, choices=Role.choices)
    granted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "region", "role"], name="region_role_once"),
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=models.Q(region__isnull=True),
                name="site_role_once",
            ),
            models.CheckConstraint(
                condition=models.Q(region__isnull=True, role__in=sorted(SITE_ROLES))
                | (models.Q(region__isnull=False) & ~models.Q(role__in=sorted(SITE_ROLES))),
                name="site_role_has_no_region",
            ),
        ]

    def __str__(self) -> str:
        where = f" in {self.region}" if self.region else ""
        return f"{self.user}: {self.get_role_display()}{where}"


class SignedIn(models.Model):
    """One browser in which somebody is signed in, as they are shown it."""

    session = models.CharField(
        max_length=40, unique=True, help_text="the digest under which the session’s row stands"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="signed_in")
    began = models.DateTimeField(default=timezone.now)
    last_used = models.DateTimeField(default=timezone.now)
    browser = models.CharField(max_length=60)
    network = models.CharField(max_length=40, blank=True, help_text="the first half of an address")

    def __str__(self) -> str:
        return f"{self.user}: {self.browser}"
