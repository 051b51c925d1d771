"""An object store that speaks S3, and says kindly when it is away."""

from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3File, S3Storage

from marketplace.files.storage import StoreAway, kindly


class WholeObjectStorage(S3Storage):
    """An object store that speaks S3."""

    def save(self, name: Any, content: Any, max_length: int | None = None) -> Any:
        """Raises: NotStored: it is away, or refuses."""
        with kindly(str(name), OSError, BotoCoreError, ClientError, Boto3Error):
            return super().save(name, content, max_length)

    def _open(self, name: str, mode: str = "rb") -> Any:
        """Raises: FileNotFoundError. StoreAway: it does not answer."""
        try:
            opened = super()._open(name, mode)
        except (BotoCoreError, ClientError, Boto3Error) as error:
            raise StoreAway(str(error)) from error
        opened.__class__ = _KindFile
        return opened


class _KindFile(S3File):
    """A stored object, fetched when it is first read."""

    def _get_file(self) -> Any:
        try:
            return super()._get_file()
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
                raise FileNotFoundError(f"File does not exist: {self.name}") from error
            raise StoreAway(str(error)) from error
        except (BotoCoreError, Boto3Error) as error:
            raise StoreAway(str(error)) from error

    file = property(_get_file, S3File._set_file)
