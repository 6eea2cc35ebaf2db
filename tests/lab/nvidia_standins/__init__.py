"""Stand-ins for the programs of NVIDIA's container toolkit, for lab hosts, where the real ones cannot be had.

They do what the product and its tests rest on, as nvidia-ctk 1.20.0 was recorded to do it, faults included; what they
inject into containers is the lab's simulated driver. The mirror packs this folder into the stand-in packages.

They run on Debian's python3-minimal, which has no json, no dataclasses and no shutil.
"""
