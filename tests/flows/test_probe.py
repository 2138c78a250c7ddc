import time, pytest
def test_it(world):
    t=time.perf_counter()
    case = world.recommend(); print("rec", time.perf_counter()-t); t=time.perf_counter()
    world.fill(case); print("fill", time.perf_counter()-t); t=time.perf_counter()
    case = world.submit(case); print("sub", time.perf_counter()-t); t=time.perf_counter()
    case = world.take_in(case); print("take", time.perf_counter()-t); t=time.perf_counter()
    case = world.dispatch(case)
    case = world.form_review(case)
    case = world.draft(case)
    case = world.sign(case); print("rest", time.perf_counter()-t)
    print(case.status, world.step(case), world.letters(case))
