"""A web ACL's CustomResponseBodies are part of it on AWS; ministack forgets them, and rules name nothing."""

import inspect
from typing import Any

from ministack.services import waf

MEMBER = "CustomResponseBodies"


def apply() -> None:
    """Keep the bodies with the rest of the web ACL."""
    create, update = waf.create_web_acl_record, waf.update_web_acl_record
    signatures = [list(inspect.signature(function).parameters) for function in (create, update)]
    if signatures != [["name", "scope", "props"], ["acl", "props"]] or MEMBER in inspect.getsource(create):
        raise RuntimeError("ministack keeps web ACLs in another way now: look at this patch again")

    def create_with_bodies(name: str, scope: str, props: dict[str, Any]) -> Any:
        uid, arn, record = create(name, scope, props)
        record[MEMBER] = props.get(MEMBER, {})
        return uid, arn, record

    def update_with_bodies(acl: dict[str, Any], props: dict[str, Any]) -> Any:
        updated = update(acl, props)
        updated[MEMBER] = props.get(MEMBER, {})
        return updated

    waf.create_web_acl_record = create_with_bodies
    waf.update_web_acl_record = update_with_bodies
