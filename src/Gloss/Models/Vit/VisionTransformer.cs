// Vision transformer: attention over all patches of a picture.
// Paper: Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021.
// Parameter names: github.com/huggingface/pytorch-image-models, as used by github.com/salesforce/BLIP.
using Gloss.Models.Layers;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Models.Vit;

/// <summary>The vision transformer with a class token, learned positions and a final normalisation.</summary>
public sealed class VisionTransformer : ImageEncoder
{
    private readonly Parameter classToken;
    private readonly Parameter positions;
    private readonly Convolution patchProjection;
    private readonly Block[] blocks;
    private readonly LayerNorm norm;

    /// <summary>A model with random weights.</summary>
    /// <exception cref="ArgumentException">The configuration is wrong.</exception>
    public VisionTransformer(VisionTransformerConfig config)
    {
        config.Validate();
        Config = config;
        classToken = AddParameter("cls_token", Initial.Normal([1, 1, config.Width], 0.02));
        positions = AddParameter("pos_embed", Initial.Normal([1, TokenCount, config.Width], 0.02));
        patchProjection = Add("patch_embed.proj", new Convolution(3, config.Width, config.PatchSize, config.PatchSize));
        blocks = new Block[config.Depth];
        for (var i = 0; i < blocks.Length; i++)
        {
            var rate = blocks.Length == 1 ? 0 : config.DropPathRate * i / (blocks.Length - 1);
            blocks[i] = Add($"blocks.{i}", new Block(config, rate));
        }
        norm = Add("norm", new LayerNorm(config.Width, config.NormEpsilon));
    }

    /// <summary>The sizes.</summary>
    public VisionTransformerConfig Config { get; }

    /// <inheritdoc/>
    public override long Width => Config.Width;

    /// <inheritdoc/>
    public override long ImageSize => Config.ImageSize;

    /// <inheritdoc/>
    public override long TokenCount => Config.ImageSize / Config.PatchSize * (Config.ImageSize / Config.PatchSize) + 1;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor pixels)
    {
        var (B, height, width) = (pixels.Size(0), pixels.Size(-2), pixels.Size(-1));
        if (height != ImageSize || width != ImageSize)
            throw new ArgumentException($"the picture is {pixels}, expected (B, 3, {ImageSize}, {ImageSize})",
                nameof(pixels));
        using var scope = TensorScope.Begin();
        var patches = patchProjection.Forward(pixels).Flatten(2).Transpose(1, 2); // (B, N, C)
        // (B, 1 + N, C)
        var x = TensorShape.Concatenate(1, classToken.Value.Expand(B, 1, Width), patches) + positions.Value;
        foreach (var block in blocks)
            x = block.Forward(x);
        return scope.Return(norm.Forward(x));
    }

    private sealed class Block : Module
    {
        private readonly long heads;
        private readonly LayerNorm norm1;
        private readonly Linear qkv;
        private readonly Linear proj;
        private readonly LayerNorm norm2;
        private readonly Mlp mlp;
        private readonly DropPath dropPath;
        private bool isPrepared;

        public Block(VisionTransformerConfig config, double dropPathRate)
        {
            heads = config.NumHeads;
            norm1 = Add("norm1", new LayerNorm(config.Width, config.NormEpsilon));
            qkv = Add("attn.qkv", new Linear(config.Width, 3 * config.Width));
            proj = Add("attn.proj", new Linear(config.Width, config.Width));
            norm2 = Add("norm2", new LayerNorm(config.Width, config.NormEpsilon));
            mlp = Add("mlp", new Mlp(config.Width, (long)(config.Width * config.MlpRatio)));
            dropPath = Add("drop_path", new DropPath(dropPathRate));
        }

        public Tensor Forward(Tensor x)
        {
            using var scope = TensorScope.Begin();
            if (isPrepared && FusedAttention.CanRun(x))
            {
                var mixed = FusedAttention.Self(qkv.Forward(x, LinearActivation.None, null, norm1), heads);
                x = proj.Forward(mixed, LinearActivation.None, x);
                return scope.Return(mlp.Forward(x, x, norm2));
            }
            x = x + dropPath.Forward(Attend(norm1.Forward(x)));
            return scope.Return(x + dropPath.Forward(mlp.Forward(norm2.Forward(x))));
        }

        public override void PrepareForInference()
        {
            base.PrepareForInference();
            isPrepared = true;
        }

        private Tensor Attend(Tensor x)
        {
            using var scope = TensorScope.Begin();
            var (B, T, C) = (x.Size(0), x.Size(1), x.Size(2));
            // (B, heads, T, D)
            var parts = qkv.Forward(x).Reshape(B, T, 3, heads, C / heads).Permute(2, 0, 3, 1, 4).Unbind();
            var mixed = Attention.Apply(parts[0], parts[1], parts[2]);
            return scope.Return(proj.Forward(Attention.MergeHeads(mixed)));
        }
    }
}
