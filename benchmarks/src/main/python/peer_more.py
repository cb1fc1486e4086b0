# SPDX-License-Identifier: Apache-2.0
"""Serves the peer's arithmetic to PeerComparison: bench_torch.py kernel by kernel, and what it lacks.

usage: python peer_more.py --peer-script PATH/bench_torch.py [--threads 2] [--reps 3] [--max-seconds 20]
                           [--wait-quiet 0] [--batch 128]

Reads requests from standard input, one a line: `torch REGEX` runs bench_torch.py with that --only,
`more REGEX` the kernels below. Answers with bench_torch.py's JSON lines, then {"done": true}. The kernels
are written from the formulas of kronfluence 1.0.1 and timed by bench_torch.py's own bench():

queries    gradients of 8 captured sequences, preconditioned: Q_S ((Q_S' g Q_A) o M) Q_A'; rank32 also svd_lowrank
self       g, its preconditioned p, sum(p o g), 8 sequences a batch
per_row    qio,bti,bto->qbt on opt_einsum's cheapest path, 8 sequences a batch
w1_*       every stage on the layers of the network 64-256-128-10: 1,437 training examples, 128 queries
"""
import argparse
import json
import sys

W1_LAYERS = [(256, 64), (128, 256), (10, 128)]  # outputs, inputs without the bias
W1_TRAIN, W1_QUERIES, RANK, CHUNK = 1437, 128, 32, 8


def load(args, only):
    """Runs bench_torch.py with --only and returns its globals."""
    sys.argv = [args.peer_script, "--threads", str(args.threads), "--reps", str(args.reps),
                "--max-seconds", str(args.max_seconds), "--wait-quiet", str(args.wait_quiet), "--only", only]
    names = {"__name__": "bench_torch", "__file__": args.peer_script}
    with open(args.peer_script, encoding="utf-8") as source:
        exec(compile(source.read(), args.peer_script, "exec"), names)
    return names


class Peer:
    """The kernels that bench_torch.py lacks."""

    def __init__(self, torch_bench, batch):
        import torch
        self.b, self.torch, self.batch = torch_bench, torch, batch
        self.rnd, self.f32 = torch_bench["rnd"], torch.float32

    def want(self, kernel, shape, variant):
        return self.b["want"](f"{kernel}/{shape}/{self.f32}/{variant}")

    def bench(self, kernel, shape, variant, gflop, run):
        self.b["bench"](kernel, shape, self.f32, variant, gflop, run)

    def run(self, only):
        self.b["a"].only = only
        for m, n in self.b["SHAPES"]:
            wanted = [("queries", "dense"), ("queries", "rank32"), ("self", "peer"), ("per_row", "einsum")]
            if any(self.want(kernel, [m, n], variant) for kernel, variant in wanted):
                self.sequences(m, n)
        stages = ["covariance", "eigen", "lambda", "pairwise", "rank32", "self"]
        if any(self.want(f"w1_{stage}", [W1_TRAIN], "peer") for stage in stages):
            self.w1()

    def basis(self, n):
        return self.torch.linalg.qr(self.rnd(n, n))[0].contiguous()

    def gradients(self, y, x):
        return self.torch.einsum("b...i,b...o->bio", y, x)

    def precondition(self, g, qs, qa, inverse):
        p = self.torch.matmul(qs.t(), self.torch.matmul(g, qa))
        p.mul_(inverse)
        return self.torch.matmul(qs, self.torch.matmul(p, qa.t()))

    def low_rank(self, p):
        u, s, v = self.torch.svd_lowrank(p, q=RANK)
        return (u * s.unsqueeze(-2)).contiguous(), v.transpose(-2, -1).contiguous()

    def path(self, expression, operands):
        cheapest = self.b["DynamicProgramming"](search_outer=True, minimize="flops")
        steps = self.b["contract_path"](expression, *operands, optimize=cheapest)[0]
        return [i for step in steps for i in step]

    def sequences(self, m, n):
        examples, rows, queries = self.b["N"], self.b["T"], self.b["Q"]
        x, y = self.rnd(examples, rows, n), self.rnd(examples, rows, m) * 0.01
        qa, qs = self.basis(n), self.basis(m)
        inverse = self.torch.rand(1, m, n) + 0.1
        v = self.rnd(queries, m, n)
        token_path = self.path("qio,bti,bto->qbt", (v, y[:CHUNK], x[:CHUNK]))
        chunks = range(0, examples, CHUNK)

        def dense():
            return self.precondition(self.gradients(y[:queries], x[:queries]), qs, qa, inverse)

        def self_influence():
            for i in chunks:
                g = self.gradients(y[i:i + CHUNK], x[i:i + CHUNK])
                self.precondition(g, qs, qa, inverse).mul_(g).sum(dim=(1, 2))

        def per_row():
            for i in chunks:
                self.b["_VF"].einsum("qio,bti,bto->qbt", (v, y[i:i + CHUNK], x[i:i + CHUNK]), path=token_path)

        gradient, rotation = 2 * rows * m * n / 1e9, 2 * m * n * (m + n) / 1e9
        self.bench("queries", [m, n], "dense", queries * (gradient + 2 * rotation), dense)
        self.bench("queries", [m, n], "rank32", queries * (gradient + 2 * rotation),
                   lambda: self.low_rank(dense()))
        self.bench("self", [m, n], "peer", examples * (gradient + 2 * rotation), self_influence)
        self.bench("per_row", [m, n], "einsum", 2 * queries * examples * rows * m * n / 1e9, per_row)

    def w1(self):
        layers = [W1Layer(self, m, n) for m, n in W1_LAYERS]
        for stage in ("covariance", "eigen", "lambda", "pairwise", "rank32", "self"):
            self.bench(f"w1_{stage}", [W1_TRAIN], "peer", 0,
                       lambda: [getattr(layer, stage)() for layer in layers])


class W1Layer:
    """One layer with bias of the network, T = 1."""

    def __init__(self, peer, m, n):
        self.peer, self.torch = peer, peer.torch
        self.x, self.y = peer.rnd(W1_TRAIN, n), peer.rnd(W1_TRAIN, m) * 0.01
        self.xq, self.yq = peer.rnd(W1_QUERIES, n), peer.rnd(W1_QUERIES, m) * 0.01
        self.qa, self.qs = peer.basis(n + 1), peer.basis(m)
        self.inverse = self.torch.rand(1, m, n + 1) + 0.1
        self.a, self.s = self.torch.zeros(n + 1, n + 1), self.torch.zeros(m, m)
        self.sum = self.torch.zeros(m, n + 1)
        self.covariance()
        self.paths = {}

    def batches(self):
        for i in range(0, W1_TRAIN, self.peer.batch):
            yield self.with_bias(self.x[i:i + self.peer.batch]), self.y[i:i + self.peer.batch]

    def with_bias(self, x):
        return self.torch.cat([x, x.new_ones((x.shape[0], 1))], dim=-1)

    def covariance(self):
        self.a.zero_(), self.s.zero_()
        for x, y in self.batches():
            self.a.addmm_(x.t(), x)
            self.s.addmm_(y.t(), y)

    def eigen(self):
        for c in (self.a, self.s):
            c = c.to(self.torch.float64).div(W1_TRAIN)
            self.torch.linalg.eigh((c + c.t()) * 0.5)

    def eigenvalue_correction(self):
        self.sum.zero_()
        for x, y in self.batches():
            g = self.peer.gradients(y, x)
            self.sum.add_(self.torch.matmul(self.qs.t(), self.torch.matmul(g, self.qa)).square_().sum(dim=0))

    def queries(self):
        g = self.peer.gradients(self.yq, self.with_bias(self.xq))
        return self.peer.precondition(g, self.qs, self.qa, self.inverse)

    def scores(self, expression, factors):
        for x, y in self.batches():
            operands = (*factors, y, x)
            key = (expression, len(x))
            if key not in self.paths:
                self.paths[key] = self.peer.path(expression, operands)
            self.peer.b["_VF"].einsum(expression, operands, path=self.paths[key])

    def pairwise(self):
        self.scores("qio,bi,bo->qb", (self.queries(),))

    def rank32(self):
        v = self.queries()
        if min(v.shape[1:]) <= RANK:
            self.scores("qio,bi,bo->qb", (v,))
        else:
            self.scores("qik,qko,bi,bo->qb", self.peer.low_rank(v))

    def self(self):
        for x, y in self.batches():
            g = self.peer.gradients(y, x)
            self.peer.precondition(g, self.qs, self.qa, self.inverse).mul_(g).sum(dim=(1, 2))


setattr(W1Layer, "lambda", W1Layer.eigenvalue_correction)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer-script", required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--max-seconds", type=float, default=20)
    parser.add_argument("--wait-quiet", type=float, default=0)
    parser.add_argument("--batch", type=int, default=128, help="examples a batch of the w1 kernels")
    args = parser.parse_args()
    peer = Peer(load(args, "^$"), args.batch)
    print(json.dumps({"done": True}), flush=True)
    for line in sys.stdin:
        script, _, only = line.rstrip("\n").partition(" ")
        if script == "torch":
            load(args, only)
        else:
            peer.run(only)
        print(json.dumps({"done": True}), flush=True)


if __name__ == "__main__":
    main()
