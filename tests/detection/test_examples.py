from kizu.detection.examples import pick_examples


def test_groups_and_their_order():
    #              0    1    2    3    4    5
    is_anomaly = [0, 1, 0, 1, 1, 0]
    scores = [9.0, 8.0, 3.0, 2.0, 1.0, 4.0]
    flags = [1, 1, 0, 0, 0, 1]
    picked = pick_examples(is_anomaly, scores, flags, 2, content=lambda row: row)
    assert picked == [
        ("most_anomalous", 0, 0, 0),
        ("most_anomalous", 1, 1, 0),
        ("missed", 0, 4, 0),
        ("missed", 1, 3, 0),
        ("false_alarm", 0, 0, 0),
        ("false_alarm", 1, 5, 0),
    ]


def test_a_perfect_detector_has_no_mistakes_and_ties_keep_their_order():
    picked = pick_examples([1, 1, 0], [2.0, 2.0, 0.0], [1, 1, 0], 5, content=lambda row: row)
    assert picked == [("most_anomalous", rank, rank, 0) for rank in range(3)]


def test_equal_items_are_shown_once_a_group_and_make_room_for_others():
    lines = ["burst", "burst", "leak", "burst", "fine", "crack"]
    scores = [9.0, 8.0, 7.0, 6.0, 0.0, 5.0]
    picked = pick_examples([1, 1, 1, 0, 0, 0], scores, [1, 1, 1, 1, 0, 1], 3, lines.__getitem__)
    assert picked == [
        ("most_anomalous", 0, 0, 2),
        ("most_anomalous", 1, 2, 0),
        ("most_anomalous", 2, 5, 0),
        ("false_alarm", 0, 3, 0),
        ("false_alarm", 1, 5, 0),
    ]
