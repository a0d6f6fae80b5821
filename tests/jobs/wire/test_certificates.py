import ssl
import stat
import sys
from datetime import timedelta

import pytest

from mfvis_engine.jobs.wire import certificates
from mfvis_engine.jobs.wire.certificates import CLIENT, ENGINE, CertificateError, Credentials, make_certificates


def shaken_hands(server: Credentials, client: Credentials):
    """Both sides of a TLS connection in memory; raises where one refuses the other."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = []
    for own, purpose in ((server, ssl.PROTOCOL_TLS_SERVER), (client, ssl.PROTOCOL_TLS_CLIENT)):
        context = ssl.SSLContext(purpose)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(own.authority)
        context.load_cert_chain(own.certificate, own.key)
        is_server = own is server
        bios = (to_server, to_client) if is_server else (to_client, to_server)
        sides.append(context.wrap_bio(*bios, server_side=is_server))
    waiting = list(sides)
    for _ in range(10):
        for side in list(waiting):
            try:
                side.do_handshake()
                waiting.remove(side)
            except ssl.SSLWantReadError:
                pass
    return not waiting


@pytest.fixture
def folder(tmp_path):
    make_certificates(tmp_path / "certificates")
    return tmp_path / "certificates"


def test_engine_and_client_trust_each_other(folder):
    assert shaken_hands(Credentials.read(folder, ENGINE), Credentials.read(folder, CLIENT))


def test_another_authority_is_refused(folder, tmp_path):
    make_certificates(tmp_path / "other")
    with pytest.raises(ssl.SSLError):
        shaken_hands(Credentials.read(folder, ENGINE), Credentials.read(tmp_path / "other", CLIENT))


def test_new_certificates_of_the_same_authority_fit_the_old(folder, tmp_path):
    before = Credentials.read(folder, ENGINE)
    kept = tmp_path / "kept"
    kept.mkdir()
    for path in (before.authority, before.certificate, before.key):
        (kept / path.name).write_bytes(path.read_bytes())
    written = make_certificates(folder)
    assert {path.name for path in written} == {"engine.key", "engine.pem", "client.key", "client.pem"}
    assert shaken_hands(Credentials.read(kept, ENGINE), Credentials.read(folder, CLIENT))


@pytest.mark.skipif(sys.platform == "win32", reason="files of Windows have other rights")
def test_keys_are_their_owners_alone(folder):
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_missing_is_named(folder):
    (folder / "client.key").unlink()
    with pytest.raises(CertificateError, match=r"client\.key is missing"):
        Credentials.read(folder, CLIENT)
    (folder / "authority.key").unlink()
    with pytest.raises(CertificateError, match="only with it"):
        make_certificates(folder)


def test_what_is_damaged_is_named(folder):
    (folder / "client.pem").write_text("nonsense")
    with pytest.raises(CertificateError, match="is no certificate"):
        Credentials.read(folder, CLIENT)
    (folder / "authority.key").write_text("nonsense")
    with pytest.raises(CertificateError, match="damaged"):
        make_certificates(folder)


def test_a_key_of_another_authority_is_refused(folder, tmp_path):
    make_certificates(tmp_path / "other")
    (folder / "authority.key").write_bytes((tmp_path / "other" / "authority.key").read_bytes())
    with pytest.raises(CertificateError, match="is not the key"):
        make_certificates(folder)


def test_an_expired_certificate_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(certificates, "_EARLIER", timedelta(days=900))
    monkeypatch.setattr(certificates, "_CERTIFICATE_DAYS", -10)
    make_certificates(tmp_path)
    with pytest.raises(CertificateError, match="Make new certificates"):
        Credentials.read(tmp_path, ENGINE)
