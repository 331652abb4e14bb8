"""Sign-up at the Frontend API: by address and password, or the transfer of a social account."""

from starlette.responses import Response

from rehearsal.clerk import shapes
from rehearsal.clerk.bodies import form_fields
from rehearsal.clerk.errors import ClerkError, parameter_missing, too_many_requests
from rehearsal.clerk.frontend_call import Call, answer, own_client, require_client, require_current
from rehearsal.clerk.frontend_social import link
from rehearsal.clerk.keys import new_id
from rehearsal.clerk.models import Client, SignUp, User


async def create_sign_up(call: Call) -> Response:
    """POST /v1/client/sign_ups: with transfer=true of a social account, else by address and password."""
    require_current(call)
    instance = call.instance
    if instance.behaviour.rate_limits:
        retry_after = instance.sign_up_limit.retry_after(call.address)
        if retry_after is not None:
            raise too_many_requests(retry_after)
    fields = await form_fields(call.request)
    if fields.get("transfer") in ("true", "1"):
        return _transferred(call)
    for name in ("email_address", "password"):
        if not fields.get(name):
            raise parameter_missing(name)
    user = instance.add_user(email=fields["email_address"], password=fields["password"], check=True)
    return _complete(call, own_client(call), user)


def _transferred(call: Call) -> Response:
    """Makes a user of a social account that has none."""
    client = require_client(call)
    instance = call.instance
    attempt = instance.sign_ins.get(client.sign_in_id or "")
    oauth = attempt.oauth if attempt else None
    if oauth is None or oauth.status != "transferable" or oauth.account is None:
        long = "There is no account to transfer"
        raise ClerkError(400, "account_transfer_invalid", "Invalid account transfer", long)
    user = instance.add_user(email=oauth.account.email)
    user.first_name, user.last_name = oauth.account.first_name, oauth.account.last_name
    link(instance, user, oauth.account)
    oauth.status = "verified"
    return _complete(call, client, user)


def _complete(call: Call, client: Client, user: User) -> Response:
    instance = call.instance
    session = instance.add_session(client, user=user)
    registration = SignUp(
        id=new_id("sua"),
        email=user.email,
        user_id=user.id,
        session_id=session.id,
        created_at=instance.now_ms(),
    )
    instance.sign_ups[registration.id] = registration
    client.sign_up_id = registration.id
    return answer(call, client, shapes.sign_up(registration))
