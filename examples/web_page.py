"""For developers: a web page and a JSON address over a register, with FastAPI. Run it beside `shequ-demo/`.

    uvicorn web_page:app            (pip install 'shequ[examples]' uvicorn)

Run as a script, it asks itself for the page once and prints what came.
"""

import html
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse

import shequ

STORE = "sqlite:///shequ-demo/demo.db"
HEADLINES = ("population.households", "population.actual", "party.members", "volunteers.people")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """One register for the life of the process; each request asks it about the state of its own moment."""
    with shequ.open(STORE, actor="web") as register:
        app.state.register = register
        yield


async def at_present(request: Request) -> None:
    """What others have committed since the last request is seen by this one."""
    request.app.state.register.refresh()


app = FastAPI(title="shequ", lifespan=lifespan, dependencies=[Depends(at_present)])


@app.exception_handler(shequ.BadData)
@app.exception_handler(shequ.Misuse)
async def not_answered(_request: Request, error: shequ.ShequError) -> HTMLResponse:
    """What was asked for wrongly is told with its remedy."""
    return HTMLResponse(html.escape(str(error)), status_code=400)


@app.get("/figures/{code}")
async def figure(request: Request, code: str, at: date = date(2025, 12, 31)) -> dict[str, object]:
    """One figure as it stands in `shequ.metrics/1`."""
    measured: shequ.Measurement = request.app.state.register.measure(code, at=at.isoformat())
    if measured.value is None:
        raise HTTPException(404, measured.printed)
    return measured.as_json()


@app.get("/", response_class=HTMLResponse)
async def page(request: Request) -> str:
    """The headlines, and what is wrong."""
    register: shequ.Register = request.app.state.register
    figures = (register.measure(code, at="2025-12-31") for code in HEADLINES)
    rows = "".join(f"<tr><td>{html.escape(f.metric.name)}<td>{html.escape(f.shown)}" for f in figures)
    findings = "".join(f"<li>{html.escape(str(finding))}" for finding in register.check(at="2025-12-31")[:10])
    return f"<!doctype html><meta charset=utf-8><title>社区</title><table>{rows}</table><ul>{findings}</ul>"


if __name__ == "__main__":
    from fastapi.testclient import TestClient

    with TestClient(app) as client:
        answer = client.get("/")
        print(answer.status_code, answer.text[:300])
        print(client.get("/figures/population.households").json())
        print(client.get("/figures/population.huoseholds").status_code)
