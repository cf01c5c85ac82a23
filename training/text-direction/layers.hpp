// Layers of the network of gradient.cpp, forward and backward, and their gradients summed over windows.
//
// Maps lie as rows x (96 + 4 columns) x channels: two columns of zeros at either side, channels padded with zeros to 16.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <new>

namespace {

typedef float Lanes __attribute__((vector_size(64), aligned(64)));
constexpr int LANES = 16, WIDTH = 96, PAD = 2, STRIDE = WIDTH + 2 * PAD, HEIGHT = 48, COLUMNS = 192;

int padded(int channels) { return (channels + LANES - 1) / LANES * LANES; }
Lanes load(const float* from) { return *reinterpret_cast<const Lanes*>(from); }
void store(float* to, Lanes value) { *reinterpret_cast<Lanes*>(to) = value; }

struct Floats {
    float* data = nullptr;
    size_t size = 0;
    void resize(size_t count) {
        size = count;
        data = static_cast<float*>(::operator new(count * sizeof(float), std::align_val_t(64)));
        clear();
    }
    void clear() { std::memset(data, 0, size * sizeof(float)); }
    operator float*() { return data; }
};

// C[m][n] (+)= sum over k of A[m * am + k * ak] * B[k][n], eight rows and V vectors of columns at a time.
template <int V>
void tile(int depth, const float* a, long am, long ak, const float* b, long bs, float* c, long cs, const float* bias, bool add) {
    Lanes sum[8][V];
    for (int i = 0; i < 8; i++)
        for (int v = 0; v < V; v++) {
            sum[i][v] = add ? load(c + i * cs + v * LANES) : Lanes{};
            if (bias) sum[i][v] += load(bias + v * LANES);
        }
    for (int k = 0; k < depth; k++) {
        Lanes row[V];
        for (int v = 0; v < V; v++) row[v] = load(b + k * bs + v * LANES);
        for (int i = 0; i < 8; i++)
            for (int v = 0; v < V; v++) sum[i][v] += a[i * am + k * ak] * row[v];
    }
    for (int i = 0; i < 8; i++)
        for (int v = 0; v < V; v++) store(c + i * cs + v * LANES, sum[i][v]);
}

void product(int rows, int columns, int depth, const float* a, long am, long ak, const float* b, long bs, float* c, long cs,
             const float* bias, bool add) {
    for (int n = 0; n < columns;) {
        int vectors = (columns - n) / LANES;
        vectors = vectors >= 3 && vectors != 4 ? 3 : vectors >= 2 ? 2 : 1;
        for (int m = 0; m < rows; m += 8) {
            const float *at = a + m * am, *shift = bias ? bias + n : nullptr;
            float* to = c + m * cs + n;
            if (vectors == 3) tile<3>(depth, at, am, ak, b + n, bs, to, cs, shift, add);
            else if (vectors == 2) tile<2>(depth, at, am, ak, b + n, bs, to, cs, shift, add);
            else tile<1>(depth, at, am, ak, b + n, bs, to, cs, shift, add);
        }
        n += vectors * LANES;
    }
}

struct Reader {  // walks the flat parameters or, to write gradients, their places
    const float* from;
    float* to;
};

struct Pointwise {  // one pixel's product with a matrix; also the stem, whose pixel is its 27 neighbours and 5 zeros
    int in, real, out;
    Floats w, wt, bias, dw, db;
    void make(int in_, int real_, int out_) {
        in = in_, real = real_, out = out_;
        for (Floats* f : {&w, &dw}) f->resize(in * padded(out));
        wt.resize(out * padded(in));
        bias.resize(padded(out)), db.resize(padded(out));
    }
    void take(Reader& r) {
        for (int o = 0; o < out; o++)
            for (int i = 0; i < real; i++, r.from++) w[i * padded(out) + o] = wt[o * padded(in) + i] = *r.from;
        for (int o = 0; o < out; o++) bias[o] = *r.from++;
        dw.clear(), db.clear();
    }
    void give(Reader& r) {
        for (int o = 0; o < out; o++)
            for (int i = 0; i < real; i++) *r.to++ = dw[i * padded(out) + o];
        for (int o = 0; o < out; o++) *r.to++ = db[o];
    }
    void forward(const float* x, long xs, float* y, int pixels) {
        product(pixels, padded(out), in, x, xs, 1, w, padded(out), y, padded(out), bias, false);
    }
    void backward(const float* x, long xs, const float* dy, float* dx, int pixels, bool add) {
        int n = padded(out);
        product(in, n, pixels, x, 1, xs, dy, n, dw, n, nullptr, true);
        for (int v = 0; v < n; v += LANES) {
            Lanes a = load(db + v), b{};
            for (int p = 0; p < pixels; p += 2) a += load(dy + p * n + v), b += load(dy + (p + 1) * n + v);
            store(db + v, a + b);
        }
        if (dx) product(pixels, padded(in), out, dy, n, 1, wt, padded(in), dx, padded(in), nullptr, add);
    }
};

struct Depthwise {
    int channels, k, s, rows, out_rows;
    Floats w, bias, dw, db;
    void make(int channels_, int k_, int s_, int rows_) {
        channels = channels_, k = k_, s = s_, rows = rows_, out_rows = (rows - 1) / s + 1;
        for (Floats* f : {&w, &dw}) f->resize(k * k * padded(channels));
        bias.resize(padded(channels)), db.resize(padded(channels));
    }
    void take(Reader& r) {
        for (int c = 0; c < channels; c++)
            for (int t = 0; t < k * k; t++) w[t * padded(channels) + c] = *r.from++;
        for (int c = 0; c < channels; c++) bias[c] = *r.from++;
        dw.clear(), db.clear();
    }
    void give(Reader& r) {
        for (int c = 0; c < channels; c++)
            for (int t = 0; t < k * k; t++) *r.to++ = dw[t * padded(channels) + c];
        for (int c = 0; c < channels; c++) *r.to++ = db[c];
    }
    template <int K>
    void forward_of(const float* x, float* y) {
        constexpr int R = K / 2;
        const long c = padded(channels);
        for (long v = 0; v < c; v += LANES)
            for (int row = 0; row < out_rows; row++)
                for (int left = 0; left < WIDTH; left += 8) {
                    Lanes sum[8];
                    for (int i = 0; i < 8; i++) sum[i] = load(bias + v);
                    for (int ky = 0; ky < K; ky++) {
                        int from = row * s + ky - R;
                        if (from < 0 || from >= rows) continue;
                        const float* at = x + (from * STRIDE + left + PAD - R) * c + v;
                        for (int kx = 0; kx < K; kx++) {
                            Lanes tap = load(w + (ky * K + kx) * c + v);
                            for (int i = 0; i < 8; i++) sum[i] += load(at + (i + kx) * c) * tap;
                        }
                    }
                    for (int i = 0; i < 8; i++) store(y + (row * STRIDE + PAD + left + i) * c + v, sum[i]);
                }
    }
    template <int K>
    void backward_of(const float* x, const float* dy, float* dx) {
        constexpr int R = K / 2;
        const long c = padded(channels);
        for (long v = 0; v < c; v += LANES) {
            for (int row = 0; row < rows; row++)
                for (int left = 0; left < WIDTH; left += 8) {
                    Lanes sum[8] = {};
                    for (int ky = 0; ky < K; ky++) {
                        int scaled = row + R - ky;
                        if (scaled < 0 || scaled % s || scaled / s >= out_rows) continue;
                        const float* at = dy + (scaled / s * STRIDE + left + PAD + R) * c + v;
                        for (int kx = 0; kx < K; kx++) {
                            Lanes tap = load(w + (ky * K + kx) * c + v);
                            for (int i = 0; i < 8; i++) sum[i] += load(at + (i - kx) * c) * tap;
                        }
                    }
                    for (int i = 0; i < 8; i++) store(dx + (row * STRIDE + PAD + left + i) * c + v, sum[i]);
                }
            for (int ky = 0; ky < K; ky++) {
                Lanes a[K] = {}, b[K] = {};
                for (int row = 0; row < out_rows; row++) {
                    int from = row * s + ky - R;
                    if (from < 0 || from >= rows) continue;
                    const float* at = x + (from * STRIDE + PAD - R) * c + v;
                    const float* grad = dy + (row * STRIDE + PAD) * c + v;
                    for (int p = 0; p < WIDTH; p += 2) {
                        Lanes first = load(grad + p * c), second = load(grad + (p + 1) * c);
                        for (int kx = 0; kx < K; kx++) {
                            a[kx] += load(at + (p + kx) * c) * first;
                            b[kx] += load(at + (p + 1 + kx) * c) * second;
                        }
                    }
                }
                for (int kx = 0; kx < K; kx++) {
                    float* to = dw + (ky * K + kx) * c + v;
                    store(to, load(to) + a[kx] + b[kx]);
                }
            }
            Lanes a = load(db + v);
            for (int row = 0; row < out_rows; row++)
                for (int p = 0; p < WIDTH; p++) a += load(dy + (row * STRIDE + PAD + p) * c + v);
            store(db + v, a);
        }
    }
    void forward(const float* x, float* y) { k == 3 ? forward_of<3>(x, y) : forward_of<5>(x, y); }
    void backward(const float* x, const float* dy, float* dx) { k == 3 ? backward_of<3>(x, dy, dx) : backward_of<5>(x, dy, dx); }
};

struct Full {  // a fully connected layer of one vector
    int in, out;
    Floats w, bias, dw, db;
    void make(int in_, int out_) {
        in = in_, out = out_;
        for (Floats* f : {&w, &dw}) f->resize(in * out);
        bias.resize(out), db.resize(out);
    }
    void take(Reader& r) {
        std::memcpy(w, r.from, sizeof(float) * in * out), r.from += in * out;
        std::memcpy(bias, r.from, sizeof(float) * out), r.from += out;
        dw.clear(), db.clear();
    }
    void give(Reader& r) {
        std::memcpy(r.to, dw, sizeof(float) * in * out), r.to += in * out;
        std::memcpy(r.to, db, sizeof(float) * out), r.to += out;
    }
    void forward(const float* x, float* y) {
        for (int o = 0; o < out; o++) {
            float sum = bias[o];
            for (int i = 0; i < in; i++) sum += w[o * in + i] * x[i];
            y[o] = sum;
        }
    }
    void backward(const float* x, const float* dy, float* dx) {
        for (int i = 0; i < in; i++) dx[i] = 0;
        for (int o = 0; o < out; o++) {
            db[o] += dy[o];
            for (int i = 0; i < in; i++) dw[o * in + i] += dy[o] * x[i], dx[i] += dy[o] * w[o * in + i];
        }
    }
};

Lanes larger(Lanes a, Lanes b) { return a > b ? a : b; }
Lanes smaller(Lanes a, Lanes b) { return a < b ? a : b; }
Lanes all(float value) { return Lanes{} + value; }

// What a layer gives before its activation, kept for the way back. Nothing after it is: to compute it again is cheaper than
// memory that does not stay near the processor.
struct Kept : Floats {
    Lanes at(long i) { return load(data + i); }
};

Lanes activated(Lanes x, bool hard_swish) {
    return hard_swish ? x * smaller(larger(x + 3.0f, Lanes{}), all(6)) * (1 / 6.0f) : larger(x, Lanes{});
}
// In place, and what it was is kept.
void activate(float* x, Kept& kept, bool hard_swish) {
    for (size_t i = 0; i < kept.size; i += LANES) {
        Lanes z = load(x + i);
        store(kept + i, z);
        store(x + i, activated(z, hard_swish));
    }
}
void activate_again(Kept& kept, float* to, bool hard_swish) {
    for (size_t i = 0; i < kept.size; i += LANES) store(to + i, activated(kept.at(i), hard_swish));
}
void slope(Kept& kept, float* dy, bool hard_swish) {
    for (size_t i = 0; i < kept.size; i += LANES) {
        Lanes x = kept.at(i), d = load(dy + i);
        if (hard_swish) {
            Lanes inner = d * (x * (1 / 3.0f) + 0.5f);
            store(dy + i, x < all(-3) ? Lanes{} : x > all(3) ? d : inner);
        } else store(dy + i, x > Lanes{} ? d : Lanes{});
    }
}
// Zeros beside the rows of a map whose memory other maps used before.
void clear_sides(float* map, int rows, int channels) {
    for (int y = 0; y < rows; y++) {
        std::memset(map + long(y) * STRIDE * channels, 0, sizeof(float) * PAD * channels);
        std::memset(map + (long(y) * STRIDE + PAD + WIDTH) * channels, 0, sizeof(float) * PAD * channels);
    }
}

}  // namespace
