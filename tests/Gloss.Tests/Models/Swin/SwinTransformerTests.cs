using Gloss.Models.Swin;
using Gloss.Torch;

namespace Gloss.Tests.Models.Swin;

public sealed class SwinTransformerTests
{
    private static readonly SwinConfig small = new()
    {
        ImageSize = 64, WindowSize = 4, EmbedDim = 8, Depths = [2, 3], NumHeads = [2, 4], DropPathRate = 0.5,
    };

    [Theory]
    [InlineData(64, 4, 65)]
    [InlineData(32, 16, 17)] // the map is smaller than the window
    [InlineData(72, 4, 82)] // 18 × 18, no multiple of the window
    [InlineData(52, 4, 50)] // 13 × 13: odd, filled up before merging
    public void Forward_GivesTheMeanAndOneTokenForEachPlace(long imageSize, long window, long tokens)
    {
        using var live = new LiveValues();
        Engine.Seed(1);
        using var model = new SwinTransformer(small with { ImageSize = imageSize, WindowSize = window });
        using var scope = TensorScope.Begin();
        var result = model.Forward(Tensors.RandomNormal([2, 3, imageSize, imageSize]));
        Assert.Equal([2, tokens, 16], result.Shape);
        Assert.Equal(tokens, model.TokenCount);
        TensorAssert.Close(result.Narrow(1, 1, tokens - 1).Mean([1]), result.Select(1, 0), 1e-6, "the mean token");
    }

    [Theory]
    [InlineData(64)]
    [InlineData(72)]
    public void PrepareForInference_ChangesNoOutput(long imageSize)
    {
        using var live = new LiveValues();
        Engine.Seed(2);
        using var model = new SwinTransformer(small with { ImageSize = imageSize });
        using var scope = TensorScope.Begin();
        var pixels = Tensors.RandomNormal([2, 3, imageSize, imageSize]);
        var before = model.Forward(pixels);
        model.PrepareForInference();
        TensorAssert.Close(before, model.Forward(pixels), 1e-5, "the output after folding");
    }

    [Fact]
    public void Forward_ShiftedWindows_DoNotMixOppositeEdges()
    {
        // In a block shifted by 2, the token at the top left meets only the 2 × 2 tokens beside it, though the cyclic
        // shift puts it into a window with tokens of the other edges.
        Engine.Seed(3);
        using var block = new SwinBlock(8, 2, 4, 2, 32, 1e-5, 0);
        using var scope = TensorScope.Begin();
        var mask = Windows.ShiftMask(8, 8, 4, 2);
        var x = Tensors.RandomNormal([1, 8, 8, 8]);
        var before = block.Forward(x, mask);
        var changed = x.Clone();
        changed.Select(1, 7).AddInPlace(Tensors.Ones([1, 8, 8]));
        changed.Select(1, 2).AddInPlace(Tensors.RandomNormal([1, 8, 8]));
        var after = block.Forward(changed, mask);
        TensorAssert.Close(before.Narrow(1, 0, 2), after.Narrow(1, 0, 2), 1e-6, "the upper edge");
    }

    [Fact]
    public void Partition_ThenJoin_GivesTheMapBack()
    {
        using var scope = TensorScope.Begin();
        var x = Tensors.RandomNormal([2, 6, 9, 5]);
        var windows = Windows.Partition(x, 3);
        Assert.Equal([2, 6, 9, 5], windows.Shape);
        TensorAssert.Close(x, Windows.Join(windows, 3, 6, 9), 0);
    }

    [Fact]
    public void Train_DropPath_DropsBranchesOnlyInTraining()
    {
        Engine.Seed(4);
        using var model = new SwinTransformer(small);
        using var scope = TensorScope.Begin();
        var pixels = Tensors.RandomNormal([1, 3, 64, 64]);
        var first = model.Forward(pixels);
        TensorAssert.Close(first, model.Forward(pixels), 0);
        model.Train();
        var differs = Enumerable.Range(0, 4).Any(_ => (model.Forward(pixels) - first).Abs().Sum().ToDouble() > 1e-3);
        Assert.True(differs, "training gives the same output as evaluation");
    }

    [Fact]
    public void Backward_ReachesEveryParameter()
    {
        using var live = new LiveValues();
        Engine.Seed(5);
        using var model = new SwinTransformer(small);
        using (TensorScope.Begin())
        {
            var output = model.Forward(Tensors.RandomNormal([1, 3, 64, 64]));
            (output * Tensors.RandomNormal(output.Shape)).Sum().Backward();
            foreach (var (name, parameter) in model.NamedParameters())
                Assert.True(parameter.Value.Gradient() is { } gradient && gradient.Abs().Sum().ToDouble() > 0, name);
        }
    }

    [Fact]
    public void Constructor_OfficialNames()
    {
        using var model = new SwinTransformer(small);
        var names = model.NamedParameters().Select(p => p.Name).ToList();
        foreach (var name in new[]
        {
            "patch_embed.proj.weight", "patch_embed.norm.bias", "layers.0.blocks.1.norm1.weight",
            "layers.0.blocks.1.attn.qkv.bias",
            "layers.0.blocks.1.attn.proj.weight", "layers.1.blocks.2.attn.relative_position_bias_table",
            "layers.1.blocks.0.mlp.fc1.weight", "layers.0.downsample.reduction.weight", "layers.0.downsample.norm.bias",
            "norm.weight",
        })
            Assert.Contains(name, names);
        Assert.DoesNotContain("layers.0.downsample.reduction.bias", names);
    }

    [Fact]
    public void Constructor_WrongConfig_NamesEveryFault()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            new SwinTransformer(small with { ImageSize = 63, NumHeads = [3, 4] }));
        Assert.Contains("ImageSize 63", error.Message);
        Assert.Contains("NumHeads[0] 3", error.Message);
    }

    [Fact]
    public void Forward_WrongSize_Throws()
    {
        using var model = new SwinTransformer(small);
        using var pixels = Tensors.Zeros([1, 3, 32, 32]);
        Assert.Contains("expected (B, 3, 64, 64)",
            Assert.Throws<ArgumentException>(() => model.Forward(pixels)).Message);
    }
}
