"""One Clerk instance: its keys, what it keeps, and what can be done with it."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from rehearsal.clerk.errors import ClerkError, not_found, organization_not_found, parameter_missing
from rehearsal.clerk.keys import SigningKey, new_id, publishable_key, secret_key
from rehearsal.clerk.models import (
    Client,
    Membership,
    Organization,
    RedirectUrl,
    Session,
    SignIn,
    SignUp,
    Ticket,
    User,
)
from rehearsal.clerk.passwords import check_password
from rehearsal.clerk.switches import Behaviour
from rehearsal.limits import Clock, WindowLimit

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
SLUG = re.compile(r"[a-z0-9_-]+")


@dataclass(kw_only=True)
class Instance:
    """A Clerk instance. Made by `Instance.create`.

    Args:
        id: ins_..., also the signing key's id.
        frontend_host: Host of its Frontend API.
        publishable_key: Its publishable key.
        secret_keys: Accepted secret keys; the dashboard allows several, for rotation.
        production: A production instance.
        signing: The key that signs its tokens.
        clock: Seconds since the epoch.
        behaviour: Settings and faults, changeable at any time.
        backend_limit: The Backend API's limit, per instance.
        sign_in_limit: Sign-ins, per address.
        sign_up_limit: Sign-ups, per address.
    """

    id: str
    frontend_host: str
    publishable_key: str
    secret_keys: list[str] = field(repr=False)
    production: bool
    signing: SigningKey = field(repr=False)
    clock: Clock
    behaviour: Behaviour
    backend_limit: WindowLimit
    sign_in_limit: WindowLimit
    sign_up_limit: WindowLimit
    users: dict[str, User] = field(default_factory=dict)
    organizations: dict[str, Organization] = field(default_factory=dict)
    memberships: dict[str, Membership] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    sign_ins: dict[str, SignIn] = field(default_factory=dict)
    sign_ups: dict[str, SignUp] = field(default_factory=dict)
    redirect_urls: dict[str, RedirectUrl] = field(default_factory=dict)

    @classmethod
    def create(
        cls,
        *,
        frontend_host: str,
        clock: Clock,
        production: bool = True,
        key: str | None = None,
        private_key_pem: str | None = None,
        organizations: Sequence[str] = (),
        redirect_urls: Sequence[str] = (),
        behaviour: Behaviour | None = None,
    ) -> "Instance":
        """A new instance.

        Args:
            frontend_host: Host of its Frontend API, such as clerk.yourapp.com.
            clock: Seconds since the epoch.
            production: Live keys and the production limits.
            key: Its secret key; a new one when absent.
            private_key_pem: The key that signs its tokens; a new one when absent.
            organizations: Slugs of the tenants' organizations.
            redirect_urls: URLs on the allow-list for social sign-in of native applications.
            behaviour: Settings and faults.
        """
        id_ = new_id("ins")
        signing = (
            SigningKey.from_pem(private_key_pem, kid=id_) if private_key_pem else SigningKey.generate(kid=id_)
        )
        instance = cls(
            id=id_,
            frontend_host=frontend_host,
            publishable_key=publishable_key(frontend_host=frontend_host, production=production),
            secret_keys=[key or secret_key(production=production)],
            production=production,
            signing=signing,
            clock=clock,
            behaviour=behaviour or Behaviour(),
            backend_limit=WindowLimit(limit=1000 if production else 100, seconds=10, clock=clock),
            sign_in_limit=WindowLimit(limit=5, seconds=10, clock=clock),
            sign_up_limit=WindowLimit(limit=5, seconds=10, clock=clock),
        )
        for slug in organizations:
            instance.add_organization(name=slug, slug=slug)
        for url in redirect_urls:
            instance.add_redirect_url(url)
        return instance

    @property
    def secret_key(self) -> str:
        """The newest secret key."""
        return self.secret_keys[0]

    @property
    def issuer(self) -> str:
        """The `iss` of its tokens: the Frontend API's address."""
        return f"https://{self.frontend_host}"

    @property
    def site(self) -> str:
        """The domain whose pages may use its Frontend API; clerk.yourapp.com is yourapp.com's."""
        return self.frontend_host.partition(".")[2]

    def now_ms(self) -> int:
        """Milliseconds since the epoch, as Clerk writes times."""
        return int(self.clock() * 1000)

    # users and organizations

    def add_user(
        self,
        *,
        email: str,
        password: str | None = None,
        organization: str | None = None,
        role: str = "org:member",
        check: bool = False,
    ) -> User:
        """A new user, with a verified address.

        Args:
            email: The address; letter case does not count.
            password: The password; None for one who signs in by other means.
            organization: Id or slug of an organization that the user joins.
            role: The role there.
            check: Refuse weak passwords, as Clerk does unless told otherwise.

        Raises:
            ClerkError: Address malformed or taken, or the password refused.
        """
        email = email.strip().lower()
        if not EMAIL.fullmatch(email):
            raise ClerkError(
                422,
                "form_param_format_invalid",
                "is invalid",
                "email_address must be a valid email address.",
                meta={"param_name": "email_address"},
            )
        if self.user_by_email(email):
            message = "That email address is taken. Please try another."
            raise ClerkError(422, "form_identifier_exists", message, meta={"param_name": "email_address"})
        if check and password is not None:
            check_password(password, minimum=self.behaviour.minimum_password_length)
        user = User(id=new_id("user"), email=email, password=password, created_at=self.now_ms())
        self.users[user.id] = user
        if organization:
            self.add_membership(self.organization(organization), user_id=user.id, role=role)
        return user

    def user(self, id_: object) -> User:
        """The user with an id.

        Raises:
            ClerkError: There is none.
        """
        user = self.users.get(str(id_))
        if user is None:
            raise not_found("user", id_)
        return user

    def user_by_email(self, email: str) -> User | None:
        """The user with an address."""
        wanted = email.strip().lower()
        return next((user for user in self.users.values() if user.email == wanted), None)

    def delete_user(self, user: User) -> None:
        """Removes a user with memberships, tickets and sessions."""
        del self.users[user.id]
        self.memberships = {k: m for k, m in self.memberships.items() if m.user_id != user.id}
        self.tickets = {k: t for k, t in self.tickets.items() if t.user_id != user.id}
        self.sessions = {k: s for k, s in self.sessions.items() if s.user_id != user.id}

    def add_organization(
        self, *, name: str, slug: str | None = None, created_by: str | None = None
    ) -> Organization:
        """A new organization, with its creator as admin.

        Args:
            name: Its name.
            slug: Its slug; made from the name when absent.
            created_by: A user's id.

        Raises:
            ClerkError: No name, slug malformed or taken, or no such user.
        """
        if not name:
            raise parameter_missing("name")
        slug = slug or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        if not SLUG.fullmatch(slug):
            long = "Slug can only contain lowercase alphanumeric characters and dashes."
            raise ClerkError(
                422, "form_param_format_invalid", "is invalid", long, meta={"param_name": "slug"}
            )
        if any(other.slug == slug for other in self.organizations.values()):
            message = "That slug is taken. Please try another."
            raise ClerkError(422, "form_identifier_exists", message, meta={"param_name": "slug"})
        creator = self.user(created_by) if created_by else None
        organization = Organization(
            id=new_id("org"), name=name, slug=slug, created_at=self.now_ms(), created_by=created_by
        )
        self.organizations[organization.id] = organization
        if creator:
            self.add_membership(organization, user_id=creator.id, role="org:admin")
        return organization

    def organization(self, id_or_slug: object) -> Organization:
        """The organization with an id or a slug.

        Raises:
            ClerkError: There is none.
        """
        for organization in self.organizations.values():
            if id_or_slug in (organization.id, organization.slug):
                return organization
        raise organization_not_found()

    def add_membership(self, organization: Organization, *, user_id: str, role: str) -> Membership:
        """Makes a user a member; the organization becomes active with the user's next session.

        Args:
            organization: The organization.
            user_id: The user.
            role: org:member or org:admin.

        Raises:
            ClerkError: No such user or role, or a member already.
        """
        user = self.user(user_id)
        if role not in ("org:member", "org:admin"):
            raise ClerkError(
                404,
                "resource_not_found",
                "not found",
                "Organization role not found",
                meta={"param_name": "role"},
            )
        if self.membership(user_id=user.id, organization_id=organization.id):
            raise ClerkError(
                400,
                "already_a_member_in_organization",
                "already a member",
                f"{user.id} is already a member of the organization.",
            )
        membership = Membership(
            id=new_id("orgmem"),
            organization_id=organization.id,
            user_id=user.id,
            role=role,
            created_at=self.now_ms(),
        )
        self.memberships[membership.id] = membership
        user.organization_id = organization.id
        return membership

    def membership(self, *, user_id: str, organization_id: str) -> Membership | None:
        """A user's membership in an organization."""
        return next(
            (
                one
                for one in self.memberships.values()
                if one.user_id == user_id and one.organization_id == organization_id
            ),
            None,
        )

    # sign-in

    def add_client(self, *, origin: str | None = None) -> Client:
        """A new client.

        Args:
            origin: The site, for a browser's.
        """
        client = Client(
            id=new_id("client"),
            rotating_token=secrets.token_hex(16),
            created_at=self.now_ms(),
            origin=origin,
        )
        self.clients[client.id] = client
        return client

    def add_session(self, client: Client, *, user: User, organization_id: str | None = None) -> Session:
        """Signs a user in on a client, whose token changes with that.

        Args:
            client: The client.
            user: The user.
            organization_id: The organization to activate; the user's own next one when absent.
        """
        client.rotating_token = secrets.token_hex(16)
        session = Session(
            id=new_id("sess"),
            client_id=client.id,
            user_id=user.id,
            created_at=self.now_ms(),
            organization_id=organization_id or user.organization_id,
        )
        self.sessions[session.id] = session
        return session

    def session(self, id_: object) -> Session:
        """The session with an id.

        Raises:
            ClerkError: There is none.
        """
        session = self.sessions.get(str(id_))
        if session is None:
            raise not_found("session", id_)
        return session

    def add_redirect_url(self, url: str) -> RedirectUrl:
        """Puts a URL on the allow-list."""
        allowed = RedirectUrl(id=new_id("ru"), url=url, created_at=self.now_ms())
        self.redirect_urls[allowed.id] = allowed
        return allowed
