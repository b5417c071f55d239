"""Addresses of audit packs in the API."""

from rest_framework.routers import SimpleRouter

from audits.packs.api import PackViewSet

router = SimpleRouter()
router.register("packs", PackViewSet, basename="api_pack")
urlpatterns = router.urls
