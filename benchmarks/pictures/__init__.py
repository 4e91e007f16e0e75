"""The pictures of the documentation.

python -m benchmarks.pictures          # docs/pictures: overview and circuits, as .svg and .png; a minute
"""
