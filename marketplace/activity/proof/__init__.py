"""What proves that the record is whole: guards in the database, keys, seals, checks, alarms.

From below upwards: `guards`, `keys`, `seals`, `reading`, `checking`, `addresses`.
"""
