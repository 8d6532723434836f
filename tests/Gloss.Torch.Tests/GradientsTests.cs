namespace Gloss.Torch.Tests;

public sealed class GradientsTests
{
    [Fact]
    public void Backward_OfSquare_GivesTwiceTheValue()
    {
        using var live = new LiveValues();
        using var scope = TensorScope.Begin();
        var x = Tensor.FromData([1f, -2f, 3f], 3).SetRequiresGrad();
        (x * x).Sum().Backward();
        Assert.Equal([2f, -4f, 6f], x.Gradient()!.ToArray<float>());
    }

    [Fact]
    public void GradientMode_None_RecordsNothing()
    {
        using var live = new LiveValues();
        using var scope = TensorScope.Begin();
        var x = Tensors.Ones([2]).SetRequiresGrad();
        using (GradientMode.None())
            Assert.False((x * 2).RequiresGrad);
        using (GradientMode.Inference())
            Assert.False((x * 2).RequiresGrad);
        Assert.True((x * 2).RequiresGrad);
    }

    [Fact]
    public void Clip_ScalesToTheLimit()
    {
        using var live = new LiveValues();
        using var module = new Line();
        using var scope = TensorScope.Begin();
        (module.Weight.Value * Tensor.FromData([3f, 4f], 2)).Sum().Backward();
        Assert.Equal(5, GradientClipping.ClipGradients([module.Weight], 1), 5);
        var gradient = module.Weight.Value.Gradient()!.ToArray<float>();
        Assert.Equal(0.6f, gradient[0], 1e-5f);
        Assert.Equal(0.8f, gradient[1], 1e-5f);
    }

    private sealed class Line : Module
    {
        public Line() => Weight = AddParameter("weight", Tensors.Ones([2]));

        public Parameter Weight { get; }
    }
}
