"""Applicants' files in an object store that speaks S3: a server in this process, no network."""

import io
import os
from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from marketplace.files.object_store import WholeObjectStorage
from marketplace.files.storage import NotStored, StoreAway

BUCKET = "private-files"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def storage(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> WholeObjectStorage:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    assert "AWS_PROFILE" not in os.environ
    client = boto3.client("s3", endpoint_url=endpoint, region_name="eu-west-2")
    client.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"}
    )
    return WholeObjectStorage(
        bucket_name=BUCKET,
        endpoint_url=endpoint,
        region_name="eu-west-2",
        default_acl="private",
        file_overwrite=False,
    )


def test_files_are_kept_listed_read_in_parts_and_removed(storage: WholeObjectStorage) -> None:
    name = storage.save("attachments/one", io.BytesIO(b"golden thread"))
    assert storage.exists(name)
    assert storage.listdir("attachments") == ([], ["one"])
    assert storage.get_modified_time(name) is not None
    with storage.open(name, "rb") as stored:
        stored.seek(7)
        assert stored.read(6) == b"thread"
    storage.delete(name)
    assert not storage.exists(name)
    with pytest.raises(FileNotFoundError):
        storage.open("attachments/none", "rb").read()


def test_a_store_that_is_away_says_so() -> None:
    """Nobody listens on port 9."""
    away = WholeObjectStorage(
        bucket_name=BUCKET,
        endpoint_url="http://127.0.0.1:9",
        region_name="eu-west-2",
        access_key="testing",
        secret_key="testing",
        file_overwrite=False,
    )
    with pytest.raises(NotStored):
        away.save("attachments/two", io.BytesIO(b"x"))
    with pytest.raises(StoreAway):
        away.open("attachments/two", "rb").read()
