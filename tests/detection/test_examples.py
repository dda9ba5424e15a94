from kizu.detection.examples import pick_examples


def test_groups_and_their_order():
    #              0    1    2    3    4    5
    is_anomaly = [0, 1, 0, 1, 1, 0]
    scores = [9.0, 8.0, 3.0, 2.0, 1.0, 4.0]
    flags = [1, 1, 0, 0, 0, 1]
    picked = pick_examples(is_anomaly, scores, flags, 2)
    assert picked == [
        ("most_anomalous", 0, 0),
        ("most_anomalous", 1, 1),
        ("missed", 0, 4),
        ("missed", 1, 3),
        ("false_alarm", 0, 0),
        ("false_alarm", 1, 5),
    ]


def test_a_perfect_detector_has_no_mistakes_and_ties_keep_their_order():
    picked = pick_examples([1, 1, 0], [2.0, 2.0, 0.0], [1, 1, 0], 5)
    assert picked == [("most_anomalous", rank, rank) for rank in range(3)]
