// Loss and gradient of the network of text_direction.py with folded batch norms, one window after another, so that all
// that a window needs stays in the cache. folded.py compiles and calls it, and checks it against PyTorch.
#include "layers.hpp"

namespace {

struct Row { int k, exp, out, squeeze; bool expands, hard_swish; int s; };
const Row ROWS[] = {
    {3, 8, 8, 8, false, false, 2},   {3, 24, 8, 0, true, false, 2},   {3, 32, 8, 0, true, false, 1},
    {5, 32, 16, 8, true, true, 2},   {5, 88, 16, 24, true, true, 1},  {5, 88, 16, 24, true, true, 1},
    {5, 40, 16, 16, true, true, 1},  {5, 48, 16, 16, true, true, 1},  {5, 104, 32, 24, true, true, 2},
    {5, 200, 32, 48, true, true, 1}, {5, 200, 32, 48, true, true, 1},
};
constexpr int BLOCKS = sizeof(ROWS) / sizeof(Row), STEM = 8, NEIGHBOURS = 32, LAST = 192;

struct Block {
    Row row;
    int in, rows, out_rows;
    bool residual;
    Pointwise expand, project;
    Depthwise depthwise;
    Full reduce, excite;
    void make(Row row_, int in_, int rows_) {
        row = row_, in = in_, rows = rows_;
        residual = in == row.out && row.s == 1;
        if (row.expands) expand.make(in, in, row.exp);
        depthwise.make(row.exp, row.k, row.s, rows);
        out_rows = depthwise.out_rows;
        if (row.squeeze) reduce.make(row.exp, row.squeeze), excite.make(row.squeeze, row.exp);
        project.make(row.exp, row.exp, row.out);
    }
    template <class F> void each(F f) {
        if (row.expands) f(expand);
        f(depthwise);
        if (row.squeeze) f(reduce), f(excite);
        f(project);
    }
};

struct Trace {  // what one window leaves in a block for the way back
    Kept expanded, depthwise;
    Floats y, mean, small, gate_in, gate;
    void make(const Block& b) {
        int e = padded(b.row.exp);
        if (b.row.expands) expanded.resize(b.rows * STRIDE * e);
        depthwise.resize(b.out_rows * STRIDE * e);
        y.resize(b.out_rows * STRIDE * padded(b.row.out));
        for (Floats* f : {&mean, &gate_in, &gate}) f->resize(e);
        small.resize(64);
    }
};

struct Window {
    Floats patches, stem, pooled;
    Kept stem_kept, last_kept;
    Trace blocks[BLOCKS];
    float scores[2];
};

struct Network {
    Pointwise stem, last;
    Full head;
    Block blocks[BLOCKS];
    Window windows[2];
    Floats dpool, dmaps[2], line, maps[4];
    int last_rows;

    Network() {
        stem.make(NEIGHBOURS, 27, STEM);
        int in = STEM, rows = HEIGHT / 2;
        for (int i = 0; i < BLOCKS; i++) {
            blocks[i].make(ROWS[i], in, rows);
            in = ROWS[i].out, rows = blocks[i].out_rows;
        }
        last_rows = rows;
        last.make(in, in, LAST), head.make(LAST, 2);
        for (Window& w : windows) {
            w.patches.resize(HEIGHT / 2 * WIDTH * NEIGHBOURS);
            w.stem.resize(HEIGHT / 2 * STRIDE * padded(STEM)), w.stem_kept.resize(w.stem.size);
            w.last_kept.resize(last_rows * STRIDE * LAST);
            w.pooled.resize(LAST);
            for (int i = 0; i < BLOCKS; i++) w.blocks[i].make(blocks[i]);
        }
        dpool.resize(LAST);
        size_t most = last_rows * STRIDE * LAST;
        for (Block& b : blocks) most = std::max(most, size_t(b.rows) * STRIDE * padded(b.row.exp));
        for (Floats& f : maps) f.resize(most);
        for (Floats& f : dmaps) f.resize(HEIGHT / 2 * STRIDE * LANES * 2);
        line.resize((HEIGHT + 2) * (COLUMNS + 2) * 3);
    }
    template <class F> void each(F f) {
        f(stem);
        for (Block& b : blocks) b.each(f);
        f(last), f(head);
    }

    // Rows of a map, without the columns of zeros.
    template <class F> static void rows_of(int rows, F f) {
        for (int y = 0; y < rows; y++) f((y * STRIDE + PAD));
    }

    void forward(Window& w, const uint8_t* pixels, int width, float gain, bool turned) {
        line.clear();
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < 3; c++) {
                    int fy = turned ? HEIGHT - 1 - y : y, fx = turned ? width - 1 - x : x;
                    line[((y + 1) * (COLUMNS + 2) + x + 1) * 3 + c] = (pixels[(fy * COLUMNS + fx) * 3 + c] / 127.5f - 1) * gain;
                }
        for (int y = 0; y < HEIGHT / 2; y++)
            for (int x = 0; x < WIDTH; x++) {
                float* to = w.patches + (y * WIDTH + x) * NEIGHBOURS;
                for (int c = 0; c < 3; c++)
                    for (int ky = 0; ky < 3; ky++)
                        for (int kx = 0; kx < 3; kx++) *to++ = line[((2 * y + ky) * (COLUMNS + 2) + 2 * x + kx) * 3 + c];
            }
        for (int y = 0; y < HEIGHT / 2; y++)
            stem.forward(w.patches + y * WIDTH * NEIGHBOURS, NEIGHBOURS, w.stem + (y * STRIDE + PAD) * padded(STEM), WIDTH);
        activate(w.stem, w.stem_kept, true);
        float* x = w.stem;
        for (int i = 0; i < BLOCKS; i++) {
            Block& b = blocks[i];
            Trace& k = w.blocks[i];
            const long e = padded(b.row.exp), n = padded(b.in), o = padded(b.row.out);
            float *from = x, *map = maps[1];
            if (b.row.expands) {
                from = maps[0];
                clear_sides(from, b.rows, e);
                rows_of(b.rows, [&](long p) { b.expand.forward(x + p * n, n, from + p * e, WIDTH); });
                activate(from, k.expanded, b.row.hard_swish);
            }
            clear_sides(map, b.out_rows, e);
            b.depthwise.forward(from, map);
            activate(map, k.depthwise, b.row.hard_swish);
            if (b.row.squeeze) {
                for (long v = 0; v < e; v += LANES) {
                    Lanes sum{};
                    for (long p = 0; p < b.out_rows * STRIDE; p++) sum += load(map + p * e + v);
                    store(k.mean + v, sum / float(b.out_rows * WIDTH));
                }
                b.reduce.forward(k.mean, k.small);
                for (int j = 0; j < b.row.squeeze; j++) k.small[j] = std::fmax(k.small[j], 0);
                b.excite.forward(k.small, k.gate_in);
                for (int j = 0; j < b.row.exp; j++) k.gate[j] = std::fmin(std::fmax(k.gate_in[j] + 3, 0), 6) / 6;
                for (long p = 0; p < b.out_rows * STRIDE; p++)
                    for (long v = 0; v < e; v += LANES) store(map + p * e + v, load(map + p * e + v) * load(k.gate + v));
            }
            rows_of(b.out_rows, [&](long p) { b.project.forward(map + p * e, e, k.y + p * o, WIDTH); });
            if (b.residual)
                for (size_t j = 0; j < k.y.size; j += LANES) store(k.y + j, load(k.y + j) + load(x + j));
            x = k.y;
        }
        const long n = padded(last.in);
        float* map = maps[0];
        clear_sides(map, last_rows, LAST);
        rows_of(last_rows, [&](long p) { last.forward(x + p * n, n, map + p * LAST, WIDTH); });
        activate(map, w.last_kept, true);
        for (long v = 0; v < LAST; v += LANES) {
            Lanes sum{};
            for (long p = 0; p < last_rows * STRIDE; p++) sum += load(map + p * LAST + v);
            store(w.pooled + v, sum / float(last_rows * WIDTH));
        }
        head.forward(w.pooled, w.scores);
    }

    void backward(Window& w, float margin) {
        const float scores[2] = {-margin, margin};
        head.backward(w.pooled, scores, dpool);
        float* dl = maps[0];
        clear_sides(dl, last_rows, LAST);
        rows_of(last_rows, [&](long p) {
            for (int x = 0; x < WIDTH; x++)
                for (long v = 0; v < LAST; v += LANES)
                    store(dl + (p + x) * LAST + v, load(dpool + v) / float(last_rows * WIDTH));
        });
        slope(w.last_kept, dl, true);
        int now = 0;
        Block& end = blocks[BLOCKS - 1];
        const long n = padded(last.in);
        float* dy = dmaps[now];
        std::memset(dy, 0, sizeof(float) * end.out_rows * STRIDE * n);
        rows_of(last_rows, [&](long p) { last.backward(w.blocks[BLOCKS - 1].y + p * n, n, dl + p * LAST, dy + p * n, WIDTH, false); });
        for (int i = BLOCKS - 1; i >= 0; i--) {
            Block& b = blocks[i];
            Trace& k = w.blocks[i];
            const float* x = i ? w.blocks[i - 1].y : w.stem;
            float *ad = maps[0], *gated = maps[1], *dd = maps[2];
            const long e = padded(b.row.exp), n = padded(b.in), o = padded(b.row.out);
            float* dx = dmaps[now ^ 1];
            if (b.residual) std::memcpy(dx, dy, sizeof(float) * b.rows * STRIDE * n);
            else std::memset(dx, 0, sizeof(float) * b.rows * STRIDE * n);
            activate_again(k.depthwise, ad, b.row.hard_swish);
            if (b.row.squeeze)
                for (long p = 0; p < b.out_rows * STRIDE; p++)
                    for (long v = 0; v < e; v += LANES) store(gated + p * e + v, load(ad + p * e + v) * load(k.gate + v));
            const float* map = b.row.squeeze ? gated : ad;
            clear_sides(dd, b.out_rows, e);
            rows_of(b.out_rows, [&](long p) { b.project.backward(map + p * e, e, dy + p * o, dd + p * e, WIDTH, false); });
            if (b.row.squeeze) {
                alignas(64) float dgate[256] = {}, dsmall[64], dmean[256] = {};
                for (long v = 0; v < e; v += LANES) {
                    Lanes sum{};
                    rows_of(b.out_rows, [&](long p) {
                        for (int c = 0; c < WIDTH; c++) sum += load(dd + (p + c) * e + v) * load(ad + (p + c) * e + v);
                    });
                    store(dgate + v, sum);
                }
                for (int j = 0; j < b.row.exp; j++) dgate[j] = k.gate_in[j] > -3 && k.gate_in[j] < 3 ? dgate[j] / 6 : 0;
                b.excite.backward(k.small, dgate, dsmall);
                for (int j = 0; j < b.row.squeeze; j++) dsmall[j] = k.small[j] > 0 ? dsmall[j] : 0;
                b.reduce.backward(k.mean, dsmall, dmean);
                for (int j = 0; j < b.row.exp; j++) dmean[j] /= b.out_rows * WIDTH;
                rows_of(b.out_rows, [&](long p) {
                    for (int c = 0; c < WIDTH; c++)
                        for (long v = 0; v < e; v += LANES) {
                            float* at = dd + (p + c) * e + v;
                            store(at, load(at) * load(k.gate + v) + load(dmean + v));
                        }
                });
            }
            slope(k.depthwise, dd, b.row.hard_swish);
            if (b.row.expands) {
                float *ae = maps[0], *de = maps[3];
                activate_again(k.expanded, ae, b.row.hard_swish);
                clear_sides(de, b.rows, e);
                b.depthwise.backward(ae, dd, de);
                slope(k.expanded, de, b.row.hard_swish);
                rows_of(b.rows, [&](long p) { b.expand.backward(x + p * n, n, de + p * e, dx + p * n, WIDTH, true); });
            } else b.depthwise.backward(x, dd, dx);
            dy = dx, now ^= 1;
        }
        slope(w.stem_kept, dy, true);
        for (int y = 0; y < HEIGHT / 2; y++)
            stem.backward(w.patches + y * WIDTH * NEIGHBOURS, NEIGHBOURS, dy + (y * STRIDE + PAD) * padded(STEM), nullptr, WIDTH, false);
    }
};

float softplus(float x) { return x > 20 ? x : std::log1p(std::exp(x)); }
float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

// Windows are `count` x 48 x 192 x 3 of 8 bits, upright; each is judged as it is and turned. `margins` takes for both the
// score of turned minus that of upright, `losses` the cross-entropy of each pair, `gradient` that of the mean loss.
extern "C" void gradient_of(const float* parameters, const uint8_t* windows, const uint8_t* widths, const float* gains,
                            const uint8_t* is_line, int count, float* gradient, float* margins, float* losses) {
    static Network network;
    Reader reader{parameters, gradient};
    network.each([&](auto& layer) { layer.take(reader); });
    for (int i = 0; i < count; i++) {
        float m[2], d[2];
        for (int turned = 0; turned < 2; turned++) {
            Window& w = network.windows[turned];
            network.forward(w, windows + size_t(i) * HEIGHT * COLUMNS * 3, widths[i], gains[i], turned);
            margins[2 * i + turned] = m[turned] = w.scores[1] - w.scores[0];
        }
        if (is_line[i]) {
            losses[i] = (softplus(m[0]) + softplus(-m[1])) / 2;
            float order = sigmoid(m[0] - m[1]) / 2;
            d[0] = sigmoid(m[0]) / 2 + order, d[1] = -sigmoid(-m[1]) / 2 - order;
        } else {
            losses[i] = (softplus(m[0]) + softplus(-m[0]) + softplus(m[1]) + softplus(-m[1])) / 4;
            for (int t = 0; t < 2; t++) d[t] = (sigmoid(m[t]) - 0.5f) / 2;
        }
        for (int turned = 1; turned >= 0; turned--) network.backward(network.windows[turned], d[turned] / count);
    }
    network.each([&](auto& layer) { layer.give(reader); });
}

// Windows of which each is judged as it is: `margins` takes the score of turned minus that of upright.
extern "C" void margins_of(const float* parameters, const uint8_t* windows, const uint8_t* widths, int count, float* margins) {
    static Network network;
    Reader reader{parameters, nullptr};
    network.each([&](auto& layer) { layer.take(reader); });
    for (int i = 0; i < count; i++) {
        Window& w = network.windows[0];
        network.forward(w, windows + size_t(i) * HEIGHT * COLUMNS * 3, widths[i], 1, false);
        margins[i] = w.scores[1] - w.scores[0];
    }
}
