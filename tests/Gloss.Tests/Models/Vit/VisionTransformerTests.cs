using Gloss.Models.Vit;
using Gloss.Torch;

namespace Gloss.Tests.Models.Vit;

public sealed class VisionTransformerTests
{
    private static readonly VisionTransformerConfig small =
        new() { ImageSize = 32, PatchSize = 8, Width = 12, Depth = 2, NumHeads = 3 };

    [Fact]
    public void Forward_GivesTheClassTokenAndOneForEachPatch()
    {
        using var live = new LiveValues();
        Engine.Seed(1);
        using var model = new VisionTransformer(small);
        using var scope = TensorScope.Begin();
        var pixels = Tensors.RandomNormal([2, 3, 32, 32]);
        var tokens = model.Forward(pixels);
        Assert.Equal([2, 17, 12], tokens.Shape);
        Assert.Equal(17, model.TokenCount);
        TensorAssert.Close(tokens.Narrow(0, 1, 1), model.Forward(pixels.Narrow(0, 1, 1)), 1e-5, "a picture on its own");
        // Final normalisation with weight 1 and bias 0.
        TensorAssert.Close(Tensors.Zeros([2, 17]), tokens.Mean([2]), 1e-5, "the mean of a token");
    }

    [Fact]
    public void Forward_WithoutPositions_FollowsAPermutationOfThePatches()
    {
        Engine.Seed(2);
        using var model = new VisionTransformer(small);
        using var scope = TensorScope.Begin();
        using (GradientMode.None())
            model.State()["pos_embed"].ZeroInPlace();
        var pixels = Tensors.RandomNormal([1, 3, 32, 32]);
        var swapped = pixels.Roll([8], [3]); // patches move one column to the right
        var (a, b) = (model.Forward(pixels), model.Forward(swapped));
        var moved = a.Narrow(1, 1, 16).Reshape(1, 4, 4, 12).Roll([1], [2]).Reshape(1, 16, 12);
        TensorAssert.Close(moved, b.Narrow(1, 1, 16), 1e-5, "the patch tokens");
        TensorAssert.Close(a.Select(1, 0), b.Select(1, 0), 1e-5, "the class token");
    }

    [Fact]
    public void Backward_ReachesEveryParameter()
    {
        Engine.Seed(3);
        using var model = new VisionTransformer(small);
        using var scope = TensorScope.Begin();
        var output = model.Forward(Tensors.RandomNormal([1, 3, 32, 32]));
        (output * Tensors.RandomNormal(output.Shape)).Sum().Backward();
        foreach (var (name, parameter) in model.NamedParameters())
            Assert.True(parameter.Value.Gradient() is { } gradient && gradient.Abs().Sum().ToDouble() > 0, name);
    }
}
