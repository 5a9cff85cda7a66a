from prism_client.worker_client import Orders
from worker.orders import StandingOrders


def test_nothing_ends_a_run_that_is_wanted() -> None:
    orders = StandingOrders()
    orders.hear(Orders(desired_state="run"))
    assert orders.reason_to_end is None


def test_cancel_takes_the_place_of_stop() -> None:
    orders = StandingOrders()
    orders.hear(Orders(desired_state="stop"))
    assert orders.reason_to_end == "stop"
    orders.hear(Orders(desired_state="cancel"))
    assert orders.reason_to_end == "cancel"


def test_once_superseded_is_superseded_for_good() -> None:
    orders = StandingOrders()
    orders.hear(Orders(desired_state="run", superseded=True))
    orders.hear(Orders(desired_state="cancel"))
    assert orders.reason_to_end == "superseded"


def test_the_workers_own_end_comes_after_what_the_user_wants() -> None:
    orders = StandingOrders()
    orders.shut_down()
    assert orders.reason_to_end == "shutdown"
    orders.hear(Orders(desired_state="cancel"))
    assert orders.reason_to_end == "cancel"
