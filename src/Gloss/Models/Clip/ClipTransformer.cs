using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.Clip;

/// <summary>A stack of pre-norm attention layers with CLIP's sigmoid approximation of GELU.</summary>
public sealed class ClipTransformer : Module
{
    private readonly Block[] blocks;

    /// <summary>A stack of <paramref name="layers"/> layers of <paramref name="width"/>.</summary>
    public ClipTransformer(long width, int layers) =>
        blocks = Enumerable.Range(0, layers).Select(i => Add($"resblocks.{i}", new Block(width))).ToArray();

    /// <summary>
    /// (B, T, C) to the same shape; the mask (T, T) is added to the scores. With <paramref name="intermediates"/> each
    /// layer's output is put there.
    /// </summary>
    public Tensor Forward(Tensor x, Tensor? mask = null, IList<Tensor>? intermediates = null)
    {
        using var scope = TensorScope.Begin();
        foreach (var block in blocks)
        {
            using var inner = TensorScope.Begin();
            x = inner.Return(block.Forward(x, mask));
            intermediates?.Add(TensorScope.Detach(x));
        }
        return scope.Return(x);
    }

    private sealed class Block : Module
    {
        private readonly long heads;
        private readonly LayerNorm norm1;
        private readonly Parameter inWeight;
        private readonly Parameter inBias;
        private readonly Linear outProjection;
        private readonly LayerNorm norm2;
        private readonly Linear fc;
        private readonly Linear projection;

        public Block(long width)
        {
            heads = width / ClipConfig.HeadWidth;
            norm1 = Add("ln_1", new LayerNorm(width, 1e-5));
            inWeight = AddParameter("attn.in_proj_weight", Initial.Normal([3 * width, width], 0.02));
            inBias = AddParameter("attn.in_proj_bias", Tensors.Zeros([3 * width]));
            outProjection = Add("attn.out_proj", new Linear(width, width));
            norm2 = Add("ln_2", new LayerNorm(width, 1e-5));
            fc = Add("mlp.c_fc", new Linear(width, 4 * width));
            projection = Add("mlp.c_proj", new Linear(4 * width, width));
        }

        public Tensor Forward(Tensor x, Tensor? mask)
        {
            using var scope = TensorScope.Begin();
            var (B, T, C) = (x.Size(0), x.Size(1), x.Size(2));
            var parts = norm1.Forward(x).Linear(inWeight.Value, inBias.Value)
                .Reshape(B, T, 3, heads, C / heads).Permute(2, 0, 3, 1, 4).Unbind(); // (B, heads, T, D)
            x = x + outProjection.Forward(Attention.MergeHeads(Attention.Apply(parts[0], parts[1], parts[2], mask)));
            var hidden = fc.Forward(norm2.Forward(x));
            return scope.Return(x + projection.Forward(hidden * (hidden * 1.702).Sigmoid()));
        }
    }
}
