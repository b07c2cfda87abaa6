"""What became of your words: for whoever has a receipt code. The code is never in an address."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from core.clock import today
from core.limits import within_limit
from listening.forms import CodeForm
from listening.rules.receipts import in_groups
from listening.services import answers

TRIES_PER_MINUTE = 10


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def your_words(request: HttpRequest) -> HttpResponse:
    """Take a code and show how its answers stand."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "listening/your_words.html", {"form": form}, status=status)
    if not within_limit("listening.code", request, per_minute=TRIES_PER_MINUTE, now=timezone.now()):
        return slow_down(request, form)
    response = answers.response_for(form.cleaned_data["code"])
    if response is None:
        return not_found(request, form)
    context = {"response": response, "code": in_groups(form.cleaned_data["code"])}
    return render(request, "listening/your_words_found.html", context)


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest) -> HttpResponse:
    """Ask once whether somebody means it, then delete their words."""
    if request.method != "POST":
        return redirect("listening:your_words")
    form = CodeForm(request.POST)
    if not form.is_valid():
        return render(request, "listening/your_words.html", {"form": form}, status=422)
    if not within_limit("listening.code", request, per_minute=TRIES_PER_MINUTE, now=timezone.now()):
        return slow_down(request, form)
    code = form.cleaned_data["code"]
    if "sure" not in request.POST:
        if answers.response_for(code) is None:
            return not_found(request, form)
        return render(request, "listening/withdraw.html", {"code": in_groups(code)})
    if not answers.withdraw_response(code=code, today=today()):
        return not_found(request, form)
    return render(request, "listening/withdrawn.html")


def not_found(request: HttpRequest, form: CodeForm) -> HttpResponse:
    """The same page for a code that never was, one that was used, and one whose time is over."""
    form.add_error(
        "code",
        _(
            "We hold no answers with this code. Check each character. "
            "If the answers were withdrawn or deleted, the code no longer works."
        ),
    )
    return render(request, "listening/your_words.html", {"form": form}, status=422)


def slow_down(request: HttpRequest, form: CodeForm) -> HttpResponse:
    form.add_error(
        None, _("There have been many tries from the same place. Wait a minute, then try again.")
    )
    response = render(request, "listening/your_words.html", {"form": form}, status=429)
    response.headers["Retry-After"] = "60"
    return response
