"""Everything hashguard raises on purpose, by whose fault it is.

    HashguardError
    ├── DecodeError              their upload
    │   ├── UnsupportedError         not a picture format we accept, or its extra is missing
    │   ├── CorruptError             accepted format, but no picture can be shown from it
    │   └── OverLimitError           larger than the DecodeLimits of the caller
    ├── ListError                their list
    │   ├── MalformedListError       a line that cannot be read, a digest that does not fit
    │   ├── VerificationError        not what the keys we trust have signed
    │   ├── ExpiredError             signed, but too long ago: an old list may be passed off as new
    │   ├── RollbackError            older than what was verified before
    │   ├── ForkError                two different lists that call themselves one version
    │   └── DeltaError               a delta for another list, or that does not make what it says
    ├── MalformedCaseError       their file: a case file that is not what its format says
    ├── FetchError               their server or the network: no answer, a refusal, or too much
    ├── ExchangeError            their server: an answer that is not what its interface says
    ├── IndexFileError           our disk: an index on it cannot be used, or not be written
    ├── RepositoryError          our disk: what we publish, or its keys, cannot be used or written
    ├── BusyError                another process of ours is at it
    ├── BankError                a bank cannot do what was asked of it
    │   ├── BankFileError            our disk: its file cannot be used, or not be written
    │   ├── AuditError               its log was altered, or does not reach a recorded head
    │   ├── UnknownEntryError        the caller: it holds no such case or hash
    │   ├── CaseConflictError        their case: its number stands for another case already
    │   ├── CaseStateError           the caller: where the case stands, this cannot be done
    │   └── RateError                their source: far more in a day than the bank takes
    ├── RecallError              a search asked beyond the radius at which it is exact
    ├── ResultsError             our disk: results of a measurement cannot be read or do not fit
    ├── UnknownSystemError       the caller: no system of this name (also a ValueError)
    ├── ModelError               the caller: not a model that can be measured (also a ValueError)
    ├── CredentialsError         the caller: keys of an exchange are not there or not usable
    ├── MissingExtraError        our installation: an optional dependency is not there
    ├── InvalidCodeError         the caller: no withdrawal code at all (also a ValueError)
    ├── InvalidHashError         the caller: not a hash (also a ValueError)
    └── AlgorithmMismatchError   the caller: two algorithms mixed (also a TypeError)

No message holds a hash, a file name or bytes of a picture: messages end up in logs.
"""

from __future__ import annotations


class HashguardError(Exception):
    """Base of all errors hashguard raises on purpose."""


class DecodeError(HashguardError):
    """The upload cannot be turned into pixels; its message says why."""


class UnsupportedError(DecodeError):
    """Not a picture format that the limits allow, or one whose decoder is not installed."""


class CorruptError(DecodeError):
    """The format is accepted, but no picture a person would see can be decoded from it."""


class OverLimitError(DecodeError):
    """The upload needs more bytes, pixels or work than the `DecodeLimits` allow."""


class ListError(HashguardError):
    """A hash list cannot be used."""


class MalformedListError(ListError):
    """A list is not what its format says; the message names the line and the reason."""


class MalformedCaseError(HashguardError):
    """A case file is not what its format says; the message names the place and the reason."""


class VerificationError(ListError):
    """What was fetched is not what the trusted keys signed; nothing of it was used."""


class ExpiredError(ListError):
    """What was signed has expired: the publisher is silent, or someone holds back what is newer."""


class RollbackError(ListError):
    """An older version than the one that was verified before."""


class ForkError(ListError):
    """Another list under a version that was verified before."""


class DeltaError(ListError):
    """A delta is for another list than the one at hand, or does not make what it promises."""


class FetchError(HashguardError):
    """What was asked for did not arrive, was refused, or was too much or too slow.

    The message says which, and never the address.
    """


class ExchangeError(HashguardError):
    """A server answered with something that its interface does not allow."""


class IndexFileError(HashguardError):
    """An index on disk cannot be used or written; the first word of the message says why."""


class BankError(HashguardError):
    """A bank cannot do what was asked of it; nothing was changed."""


class BankFileError(BankError):
    """A bank on disk cannot be used or written; the first word of the message says why."""


class AuditError(BankError):
    """The log of a bank was altered, or does not reach a recorded head; the message says where."""


class UnknownEntryError(BankError):
    """The bank holds no case, or no hash, of this name."""


class CaseConflictError(BankError):
    """A case has the number of another one that the bank holds."""


class CaseStateError(BankError):
    """The case does not stand where this can be done to it."""


class RateError(BankError):
    """One source sent so much within a day that the bank takes no more of it."""


class RepositoryError(HashguardError):
    """A published folder or a key cannot be used or written; the message says why."""


class BusyError(HashguardError):
    """Another process holds what this one needs; that one goes on."""


class RecallError(HashguardError):
    """A search was asked for a radius at which the index would miss neighbours."""


class ResultsError(HashguardError):
    """Results of a robustness run are missing, of another version, or do not fit together."""


class UnknownSystemError(HashguardError, ValueError):
    """No system that can be measured has this name; the message lists those that there are."""


class ModelError(HashguardError, ValueError):
    """A file is no ONNX model, or not one that makes a vector of a picture."""


class CredentialsError(HashguardError):
    """Keys are missing, malformed, or in a file that others can read; no message quotes them."""


class MissingExtraError(HashguardError):
    """An optional dependency is not installed; the message names the extra to install."""


class InvalidCodeError(HashguardError, ValueError):
    """What was given cannot be a withdrawal code; the message says what one looks like."""


class InvalidHashError(HashguardError, ValueError):
    """A value is not a hash of the stated algorithm."""


class AlgorithmMismatchError(HashguardError, TypeError):
    """Hashes, lists or policies of two algorithms were mixed."""
