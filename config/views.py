"""How a tablet on the shop's own network comes to trust this installation."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.addresses import authority_folder


@require_safe
@never_cache
def authority_certificate(request: HttpRequest) -> HttpResponse:
    """Hand out the local authority's certificate, which holds no secret, in the form iPads and Androids install."""
    content = _authority().public_bytes(serialization.Encoding.DER)
    return HttpResponse(
        content,
        content_type="application/x-x509-ca-cert",
        headers={"Content-Disposition": 'attachment; filename="sendoff-authority.crt"'},
    )


@require_safe
@never_cache
def authority_page(request: HttpRequest) -> HttpResponse:
    """Tell in both languages how to trust the authority, and by which digits to recognise the right one."""
    return render(request, "config/trust.html", {"fingerprint": fingerprint()})


def fingerprint() -> str:
    """The digits by which the right authority is told from a forged one: what this page and the terminal both show."""
    digits = _authority().fingerprint(hashes.SHA256()).hex().upper()
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def _authority() -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate((authority_folder() / "authority.pem").read_bytes())
    except (OSError, ValueError) as error:
        raise Http404 from error
