from __future__ import annotations

from fastapi import APIRouter

from server.access import Reader
from server.catalog import service
from server.catalog.schemas import Catalog

router = APIRouter(prefix="/catalog", tags=["catalog"])


@router.get("")
async def get_catalog(actor: Reader) -> Catalog:
    """Recipes, their schema, and what every metric means."""
    return service.catalog()
