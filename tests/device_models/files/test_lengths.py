from device_models.files.lengths import length_problem, records_problem


def test_too_many_bytes_are_not_called_truncated():
    assert length_problem(103, 100).startswith("3 bytes more than its header says: something is appended, or")
    assert length_problem(99, 100, "its header has") == "truncated: 1 byte fewer than its header has"


def test_records_that_do_not_come_out_even():
    assert records_problem(23, 10, "records of 10 bytes") == (
        "3 bytes more than 2 records of 10 bytes, 7 fewer than 3: truncated, or something is appended"
    )
    assert records_problem(0, 10, "records of 10 bytes") == "is empty"
