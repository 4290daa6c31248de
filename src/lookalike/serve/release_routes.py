"""``/v1/releases``: which models' vectors there are, and the switch between them, for those who may write."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from lookalike.errors import StoreError
from lookalike.serve.desk import Desk, desk_of
from lookalike.serve.document import json_response
from lookalike.serve.failure import Failure, missing
from lookalike.serve.openapi.releases import PROMOTE_DESCRIPTION, RELEASES_DESCRIPTION, ROLLBACK_DESCRIPTION
from lookalike.serve.search_request import read_json
from lookalike.serve.write_guard import require_writer

__all__ = ["router"]

router = APIRouter(prefix="/v1/releases", tags=["releases"])

_FIELDS = {"force": bool, "reason": str, "golden": str}


@router.get("", summary="List releases and what was promoted", openapi_extra=RELEASES_DESCRIPTION)
async def list_releases(request: Request) -> Response:
    """Every release, and every promotion, refusal and rollback so far, oldest first."""
    desk = desk_of(request)
    require_writer(request, desk.settings)
    return json_response(await desk.read(lambda: _listed(desk)))


def _listed(desk: Desk) -> dict[str, object]:
    return {
        "releases": [release.as_dict() for release in desk.engine.releases()],
        "promotions": [promotion.as_dict() for promotion in desk.engine.promotions()],
    }


@router.post("/rollback", summary="Return to the release before", openapi_extra=ROLLBACK_DESCRIPTION)
async def rollback(request: Request) -> Response:
    """The next search uses the release that was live before this one; `missing` pictures came since."""
    desk = desk_of(request)
    require_writer(request, desk.settings)

    def back() -> dict[str, object]:
        before, after = desk.engine.release, desk.engine.rollback()
        listed = (release.as_dict() for release in desk.engine.releases())
        lacking = next((one["missing"] for one in listed if one["release_id"] == after), 0)
        return {"live": after, "previous": before, "missing": lacking}

    with missing("release to roll back to"):
        return json_response(await desk.promotions.run(back))


@router.post("/{release_id}/promote", summary="Make a release live", openapi_extra=PROMOTE_DESCRIPTION)
async def promote(
    request: Request,
    release_id: Annotated[str, Path(description="As the list names it.", examples=["r2"], max_length=64)],
) -> Response:
    """Compares it with the live release first, and refuses with 409 what is worse; may take minutes."""
    desk = desk_of(request)
    require_writer(request, desk.settings)
    force, reason, golden = _asked(await desk.body(request))

    def switch() -> dict[str, object]:
        try:
            return desk.engine.promote(release_id, force=force, reason=reason, golden=golden).as_dict()
        except StoreError as error:
            if type(error) is not StoreError:
                raise
            raise Failure(409, "release_incomplete", str(error)) from error

    with missing(f"release {release_id!r}"):
        return json_response(await desk.promotions.run(switch))


def _asked(body: bytes) -> tuple[bool, str | None, str | None]:
    """`force`, `reason` and `golden` of the body, which may be empty."""
    if not body.strip():
        return False, None, None
    document = read_json(body)
    if not isinstance(document, dict):
        raise Failure(422, "invalid_parameter", "the body must be a JSON object, or empty")
    given = {str(name): value for name, value in document.items() if value is not None}
    problems = [f"there is no field {name!r}; expected {', '.join(_FIELDS)}" for name in given if name not in _FIELDS]
    problems += [
        f"{name} must be {'true or false' if kind is bool else 'text'}, received {given[name]!r}"
        for name, kind in _FIELDS.items()
        if name in given and not isinstance(given[name], kind)
    ]
    if problems:
        raise Failure(422, "invalid_parameter", "; ".join(problems))
    reason, golden = given.get("reason"), given.get("golden")
    return (
        given.get("force") is True,
        reason if isinstance(reason, str) else None,
        golden if isinstance(golden, str) else None,
    )
