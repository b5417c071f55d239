"""Addresses of this room's API."""

from rest_framework.routers import SimpleRouter

from inventory.api.views import ImportViewSet, SupplierViewSet, SystemViewSet

router = SimpleRouter()
# Before the systems, whose numbers stand where "imports" does.
router.register("systems/imports", ImportViewSet, basename="api_import")
router.register("systems", SystemViewSet, basename="api_system")
router.register("suppliers", SupplierViewSet, basename="api_supplier")
urlpatterns = router.urls
