"""Signing in, and the accounts of staff."""

from shared.errors import Conflict, Forbidden, NotFound, Text, Unauthenticated, Unavailable


class WrongCredentials(Unauthenticated):
    """Also said of an account that does not exist, is disabled, or has to wait: a stranger learns nothing."""

    slug = "wrong-credentials"
    says = Text(
        "The address or the password is not right, or there were too many attempts: try again later.",
        "L'adresse ou le mot de passe n'est pas juste, ou il y a eu trop d'essais : réessayez plus tard.",
    )


class SignInOver(Unauthenticated):
    slug = "sign-in-over"
    says = Text("You were signed out: sign in again.", "Vous êtes déconnecté : identifiez-vous.")


class NotKnownHere(Unauthenticated):
    """Whatever the reason: the issuer's word was not good, or nobody here is meant by it."""

    slug = "identity-refused"
    says = Text(
        "This identity opens no account here: ask a manager for an invitation, or start again.",
        "Cette identité n'ouvre aucun compte ici : demandez une invitation à un responsable, "
        "ou recommencez.",
    )


class InvitationOver(NotFound):
    slug = "invitation-over"
    says = Text(
        "This invitation is not good any more: ask a manager for a new one.",
        "Cette invitation n'est plus valable : demandez-en une nouvelle à un responsable.",
    )


class AccountExists(Conflict):
    slug = "account-exists"
    says = Text(
        "There is an account with this address already.",
        "Un compte existe déjà avec cette adresse.",
    )


class AccountDisabled(Conflict):
    slug = "account-disabled"
    says = Text(
        "This account is disabled: first let it in again.",
        "Ce compte est désactivé : réactivez-le d'abord.",
    )


class LastManager(Conflict):
    slug = "last-manager"
    says = Text(
        "This is the last manager: first give that role to someone else.",
        "C'est le dernier responsable : donnez d'abord ce rôle à quelqu'un d'autre.",
    )


class NoAccount(Forbidden):
    slug = "no-account"
    says = Text(
        "This token belongs to no account, and so has no password.",
        "Ce jeton n'est celui d'aucun compte, et n'a donc pas de mot de passe.",
    )


class IdentityIssuerAway(Unavailable):
    """The issuer of identities does not answer, or not as an issuer does."""

    says = Text(
        "The issuer of identities does not answer: try again, or sign in with a password.",
        "Le fournisseur d'identité ne répond pas : réessayez, ou utilisez votre mot de passe.",
    )
