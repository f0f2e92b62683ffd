"""One secret for each rule on values, put together here so that no file holds a whole one."""

import base64
import json

from wiretape.cassettes.redaction.patterns import JWT_RULE, PEM_RULE
from wiretape.cassettes.redaction.value_patterns import DEFAULT_VALUES

FILLING = "7Qw3Er5Ty9Ui1Op2As4Df6Gh8Jk0Lz7Xc3Vb5Nm9Qw1Er2Ty4Ui6Op8As0DfGhJk"
HEX = "0123456789abcdef" * 3


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


JWT = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part({'sub': 'ada', 'n': 7})}.{FILLING[:43]}"
JWE = f"{_part({'alg': 'dir', 'enc': 'A256GCM'})}..{FILLING[:16]}.{FILLING[:32]}.{FILLING[:22]}"

PEM = "\n".join(
    [
        "-----BEGIN RSA PRIVATE " + "KEY-----",
        "Proc-Type: 4,ENCRYPTED",
        "DEK-Info: AES-128-CBC,8B0D4A9F",
        *(FILLING[i:] + FILLING[:i] for i in range(5)),
        "MIIEow==",
        "-----END RSA PRIVATE " + "KEY-----",
    ]
)
SERVICE_ACCOUNT = json.dumps({"type": "service_account", "private_key": PEM, "after": "kept"})

EXAMPLES: dict[str, tuple[str, ...]] = {
    "value:sk-proj-": ("sk-proj-" + FILLING,),
    "value:sk-svcacct-": ("sk-svcacct-" + FILLING,),
    "value:sk-ant-": ("sk-ant-api03-" + FILLING + "-AA",),
    "value:sk-or-v1-": ("sk-or-v1-" + HEX,),
    "value:sk-": ("sk-" + FILLING[:48], "sk-" + HEX[:32], "sk-" + FILLING[:22]),
    "value:ek_": ("ek_" + HEX[:32],),
    "value:rt_": ("rt_" + FILLING,),
    "value:auth_tokens/": ("auth_tokens/" + HEX,),
    "value:AIza": ("AIza" + FILLING[:35],),
    "value:ya29.": ("ya29.a0" + FILLING,),
    "value:gsk_": ("gsk_" + FILLING[:52],),
    "value:xai-": ("xai-" + FILLING,),
    "value:hf_": ("hf_" + FILLING[:34],),
    "value:pplx-": ("pplx-" + FILLING[:48],),
    "value:r8_": ("r8_" + FILLING[:37],),
    "value:fw_": ("fw_" + FILLING[:22],),
    "value:nvapi-": ("nvapi-" + FILLING,),
    "value:ABSK": ("ABSK" + FILLING + FILLING + "+/==",),
    "value:AKIA": ("AKIA" + "IOSFODNN7PLANTED", "ASIA" + "IOSFODNN7PLANTED"),
    "value:gh?_": tuple(f"gh{kind}_" + FILLING[:36] for kind in "pousr"),
    "value:xox?-": ("xoxb-123456789012-1234567890123-" + FILLING[:24],),
    "value:dapi": ("dapi" + HEX[:32],),
    "value:bearer": ("Bearer " + FILLING, "bearer " + HEX),
    "value:basic": ("Basic " + base64.b64encode(b"ada:correct-horse").decode(),),
    "value:sigv4": ("Credential=" + FILLING[:20] + "/20261101/us-east-1/bedrock/aws4_request",),
    JWT_RULE: (JWT, JWE),
    PEM_RULE: (PEM, json.dumps(PEM)[1:-1], SERVICE_ACCOUNT),
}

RULES = (*(f"value:{value.name}" for value in DEFAULT_VALUES), JWT_RULE, PEM_RULE)
"""Every rule on values there is. A rule without an example fails where EXAMPLES[rule] is read."""

KEPT_PREFIXES = tuple(
    prefix for value in DEFAULT_VALUES if value.keeps_prefix for prefix in value.prefixes
)


def secret_part(example: str) -> str:
    """The part of an example that must be nowhere: what a word announces, the key's lines."""
    for prefix in KEPT_PREFIXES:
        example = example.removeprefix(prefix)
    if "PRIVATE" in example:
        return FILLING[4:]
    return example
