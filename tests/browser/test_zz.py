import cProfile, pstats, time
def test_town_is_built(django_db_setup, django_db_blocker):
    from tests.browser.town import Town
    from django.db import transaction
    from django.test import override_settings
    with django_db_blocker.unblock(), override_settings(LETTERS_AT_ONCE=False):
        pr = cProfile.Profile(); t=time.time()
        pr.enable()
        with transaction.atomic():
            Town()
        pr.disable()
        print("TOWN", time.time()-t)
        pstats.Stats(pr).sort_stats("cumulative").print_stats(45)
