"""A private certificate authority for engines on other machines: who has its certificates may run code there.

An engine that listens beyond its own machine, and everybody who talks to it, show a certificate of one authority that
nobody else has. The authority's key is needed only to make more certificates, and is best kept elsewhere.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mfvis_engine.jobs.errors import EngineError

AUTHORITY, ENGINE, CLIENT = "authority", "engine", "client"
_AUTHORITY_DAYS, _CERTIFICATE_DAYS = 3650, 730
_EARLIER = timedelta(hours=1)  # clocks of two machines differ


class CertificateError(EngineError):
    """Certificates are missing, damaged or expired, or would be written over."""


@dataclass(frozen=True)
class Credentials:
    """The files somebody shows and checks others with.

    Attributes:
        authority: Certificate of the authority that both sides trust, PEM.
        certificate: One's own, PEM.
        key: Its private key, PEM.
    """

    authority: Path
    certificate: Path
    key: Path

    @classmethod
    def read(cls, folder: Path, name: str) -> "Credentials":
        """The files of `make_certificates`, checked.

        Args:
            folder: Where they are.
            name: `ENGINE` or `CLIENT`.

        Raises:
            CertificateError: One is missing, damaged or expired.
        """
        found = cls(folder / f"{AUTHORITY}.pem", folder / f"{name}.pem", folder / f"{name}.key")
        for path in (found.authority, found.certificate, found.key):
            if not path.is_file():
                raise CertificateError(
                    f"{path} is missing. Make certificates where the engine runs (mfvis engine certificates DIR), and"
                    f" copy {AUTHORITY}.pem, {name}.pem and {name}.key to {folder}."
                )
        for path in (found.authority, found.certificate):
            _check_valid(path)
        return found


def make_certificates(folder: Path) -> tuple[Path, ...]:
    """Makes an authority, and certificates for engines and for clients.

    Where the authority is there already, it makes new certificates with it: to replace those that expire.

    Args:
        folder: Made where it is missing, for its owner alone.

    Returns:
        The files written.

    Raises:
        CertificateError: The authority's key is missing beside its certificate, or one of them is damaged.
        OSError: The folder cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written: list[Path] = []
    if not (folder / f"{AUTHORITY}.pem").exists():
        key = ec.generate_private_key(ec.SECP256R1())
        written += _write(folder, AUTHORITY, key, _authority(key))
    authority, authority_key = _read_authority(folder)
    for name in (ENGINE, CLIENT):
        key = ec.generate_private_key(ec.SECP256R1())
        written += _write(folder, name, key, _issued(name, key, authority, authority_key))
    return tuple(written)


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = _name(AUTHORITY)
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        _unsigned(name, name, key, _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _issued(
    name: str, key: ec.EllipticCurvePrivateKey, authority: x509.Certificate, authority_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    # A scheduler, a worker and a client each open connections and accept them.
    uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _unsigned(_name(name), authority.subject, key, _CERTIFICATE_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(uses, critical=False)
        .add_extension(issuer, critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(f"{name}.mfvis")]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + timedelta(days=days))
    )


def _name(role: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"mfvis {role}")])


def _read_authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate_path, key_path = folder / f"{AUTHORITY}.pem", folder / f"{AUTHORITY}.key"
    try:
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
        key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
    except FileNotFoundError as error:
        raise CertificateError(
            f"{key_path} is missing, and only with it can more certificates be made. Bring it back, or make a new"
            f" authority in another folder and copy its certificates to all machines."
        ) from error
    except (ValueError, TypeError) as error:
        raise CertificateError(f"The authority in {folder} is damaged: {error}. Make a new one elsewhere.") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise CertificateError(f"{key_path} is not the key of {certificate_path}. Make a new authority elsewhere.")
    return certificate, key


def _write(folder: Path, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> list[Path]:
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    paths = [folder / f"{name}.key", folder / f"{name}.pem"]
    for path, content in zip(paths, (secret, certificate.public_bytes(serialization.Encoding.PEM)), strict=True):
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # the owner's from the first byte on
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    return paths


def _check_valid(path: Path) -> None:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (ValueError, OSError) as error:
        raise CertificateError(f"{path} is no certificate: {error}. Copy it once more.") from error
    now = datetime.now(UTC)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise CertificateError(
            f"{path} is valid from {certificate.not_valid_before_utc:%Y-%m-%d} to"
            f" {certificate.not_valid_after_utc:%Y-%m-%d}, and today is {now:%Y-%m-%d}. Make new certificates where the"
            f" engine runs: mfvis engine certificates DIR"
        )
