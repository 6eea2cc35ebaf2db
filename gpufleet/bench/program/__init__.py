"""How fast is a GPU from Python? Joined to one file (`gpufleet.bench.joined`) it goes into a container that has Numba.

    python -m gpufleet.bench.program [--json]                                   on this machine
    python -m gpufleet.bench.joined | docker exec -i CONTAINER python - --json  in a container, without a copy inside

Nothing here takes anything from elsewhere in this checkout, and no two modules give a name to different things.

Every GPU that is visible is measured, one after the other. A figure is the median of at least 20 repeats after a
warm-up of at least 0.1 s, shown with the slowest and the fastest of them; first the result is held against numpy, and
where it is wrong no rate is given. How the figures are made:

- Vector addition: c = a + b over 2^28 float32, or what fits into half of the free memory, one element a thread, of 12
  bytes: two numbers read and one written. Five launches between two CUDA events make one repeat.
- FMA chain: every thread turns four points on ellipses by x += e y, y -= e x, that is 8 independent chains of fused
  multiply-adds, 256 of them in a row before a branch; as many rounds as take about 3 ms, two operations each. Compiled
  for compute capability 9.0 that is 256 FFMA and 5 other instructions a round: 98 % of the limit can be reached.
- Copies: 128 MiB each way. From and to pinned memory by CUDA events; pageable memory by the host's clock, until the
  copy has ended, because the CPU does a part of it.
- Launch: from the call in Python until the host knows that the kernel, one thread that counts, has ended; by the host's
  clock. Most of it is Numba's own work.

What events time is handed over while the GPU still works on the same thing: Python's own time is in none of it.

Limits come from what the driver tells: memory by clock and width, arithmetic by clock, multiprocessors and `LANES`,
copies by the PCI Express link. Clocks are the highest of the card, not those of the moment.

Exit code 0: all is measured; 2: a result is wrong; 4: something could not be measured, as on Numba's simulator
(NUMBA_ENABLE_CUDASIM), whose results are checked on small sizes and whose times say nothing; 6: both; 64: wrong usage.
The JSON object is the one that `schema.json` beside this package calls `answer`.
"""
